"""A request in the words of Anthropic's Messages API."""

from collections.abc import Sequence
from typing import Any

from integrations.providers.base import ChatMessage, CompletionRequest, Json


def body_of(request: CompletionRequest) -> Json:
    system = "\n\n".join(message.content for message in request.messages if message.role == "system")
    body: Json = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "messages": alternating(request.messages),
        "stream": True,
    }
    if system:
        body["system"] = system
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in request.tools
        ]
    if request.schema:
        body["output_config"] = {"format": {"type": "json_schema", "schema": request.schema.schema}}
    return body


def alternating(messages: Sequence[ChatMessage]) -> list[Json]:
    """The dialogue as the API wants it: the user first, then strictly in turns."""
    turns: list[tuple[str, list[Json]]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message)
        if message.role == "system" or not blocks:
            continue
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif turns or role == "user":
            turns.append((role, blocks))
    return [{"role": role, "content": _content(blocks)} for role, blocks in turns]


def _blocks(message: ChatMessage) -> list[Json]:
    if message.role == "tool":
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.content}]
    text: list[Json] = [{"type": "text", "text": message.content}] if message.content.strip() else []
    calls: list[Json] = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in message.tool_calls
    ]
    return text + calls


def _content(blocks: list[Json]) -> Any:
    """Plain text where there is nothing else."""
    if all(block["type"] == "text" for block in blocks):
        return "\n\n".join(block["text"] for block in blocks)
    return blocks
