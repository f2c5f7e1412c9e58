"""GigaChat's dialect: functions instead of tools, arguments as objects, results by the function's name."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.providers.base import ChatMessage, CompletionRequest, FinishReason, Json, Tool, ToolCall
from integrations.providers.tool_calls import tool_call

REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "function_call": "tool_calls",
    "blacklist": "content_filter",
}


def body_of(request: CompletionRequest) -> Json:
    body: Json = {
        "model": request.model,
        "messages": list(messages_of(request.messages)),
        "max_tokens": request.max_tokens,
        "stream": True,
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.tools:
        body |= {"functions": [function_of(tool) for tool in request.tools], "function_call": "auto"}
    if request.schema:
        body["response_format"] = {"type": "json_schema", "schema": request.schema.schema, "strict": True}
    return body


def function_of(tool: Tool) -> Json:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


def messages_of(messages: Sequence[ChatMessage]) -> Iterator[Json]:
    """A message holds one call at most, so each call is told right before its result."""
    open_calls: dict[str, ToolCall] = {}
    for message in messages:
        if message.role == "tool":
            if call := open_calls.pop(message.tool_call_id, None):
                yield _call_message(call)
            yield {"role": "function", "name": message.name, "content": _as_json(message.content)}
            continue
        open_calls = {call.id: call for call in message.tool_calls}
        if message.content or not message.tool_calls:
            yield {"role": message.role, "content": message.content}


def _call_message(call: ToolCall) -> Json:
    """The call's id is the state that the server wants back."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"role": "assistant", "content": "", "function_call": function, "functions_state_id": call.id}


def _as_json(content: str) -> str:
    """A function's result must be JSON."""
    try:
        json.loads(content)
    except ValueError:
        return json.dumps({"result": content}, ensure_ascii=False)
    return content


def call_of(delta: Json, state_id: str) -> ToolCall | None:
    """The function that a delta asks for; its arguments are an object, or a text that holds one."""
    function: Any = delta.get("function_call")
    if not function:
        return None
    arguments = function.get("arguments")
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
    return tool_call(state_id or "call_0", str(function.get("name") or ""), raw)
