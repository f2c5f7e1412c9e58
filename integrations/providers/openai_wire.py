"""A request in the words of OpenAI's chat completions."""

from typing import Any

from integrations.providers.base import ChatMessage, CompletionRequest, Json, OutputSchema, Tool


def arguments_of(request: CompletionRequest) -> Json:
    arguments: Json = {
        "model": request.model,
        "messages": [message_of(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        arguments["tools"] = [tool_of(tool) for tool in request.tools]
    if request.schema:
        arguments["response_format"] = response_format(request.schema)
    if is_reasoning_model(request.model):
        # These take no temperature and know the limit by its newer name only.
        return arguments | {"max_completion_tokens": request.max_tokens}
    if request.temperature is not None:
        arguments["temperature"] = request.temperature
    return arguments | {"max_tokens": request.max_tokens}


def message_of(message: ChatMessage) -> Json:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.content}
    if not message.tool_calls:
        return {"role": message.role, "content": message.content}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.raw or "{}"}}
        for call in message.tool_calls
    ]
    return {"role": "assistant", "content": message.content or None, "tool_calls": calls}


def tool_of(tool: Tool) -> Json:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def response_format(schema: OutputSchema) -> Json:
    definition = {"name": schema.name, "schema": schema.schema, "strict": is_strict(schema.schema)}
    return {"type": "json_schema", "json_schema": definition}


def is_strict(schema: Any) -> bool:
    """Whether the schema is of the kind that strict mode takes: every object closed, every property required."""
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or properties is not None:
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(properties or ()):
            return False
    return all(is_strict(part) for part in schema.values())


def is_reasoning_model(name: str) -> bool:
    return name.rsplit("/", 1)[-1].startswith(("gpt-5", "o1", "o3", "o4"))
