"""How Ollama calls its models, and where its own API is."""

from urllib.parse import urlsplit, urlunsplit

CLOUD_ENDINGS = ("-cloud", ":cloud")
LONGEST = 200


def full_name(name: str) -> str:
    """With its tag, as the server lists it: `mistral` is `mistral:latest`."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def runs_in_the_cloud(name: str) -> bool:
    """Ollama only passes these on; they take no memory here, and their words leave the house."""
    return name.lower().removesuffix(":latest").endswith(CLOUD_ENDINGS)


def root_of(base_url: str) -> str:
    """Where Ollama's own routes begin, from the address of its OpenAI wire."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/").removesuffix("/v1")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
