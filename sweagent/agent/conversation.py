"""What the model sees of an attempt: append-only, and compacted, with a guarantee to shrink, when it grows too long."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sweagent.agent.prompt import cut, fenced
from sweagent.core.errors import LimitReached
from sweagent.core.message import Message, ToolCall

HEAD = 2
"""The system prompt and the opening stay for ever."""
LEAST_SUMMARY, MOST_SUMMARY = 300, 6_000
"""Bounds of the summary; between them it may take a quarter of the room."""
KEPT = (8, 5, 3, 2, 1)
"""Exchanges kept, tried in this order until the rest fits. An exchange is a reply with the answers to its calls."""
PROGRESS = 0.95
"""A compaction that leaves more than this share is none: the next one would come at once."""
SHORT_RESULT = 1_000
_OPENING = "Earlier steps were left out to save room. What was done, oldest first:"


@dataclass(frozen=True, slots=True)
class Compaction:
    """What a compaction did: messages dropped from the model's view, and the words that stand for them."""

    dropped: int
    summary: str


class Conversation:
    """The messages that the model sees. Sizes are in characters."""

    def __init__(self, system: Message, opening: Message) -> None:
        self._messages: list[Message] = [system, opening]
        self._lines: list[str] = []

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation as it is sent."""
        return tuple(self._messages)

    @property
    def size(self) -> int:
        """Characters of all texts and arguments."""
        return sum(map(size_of, self._messages))

    def add(self, message: Message) -> None:
        """Append."""
        self._messages.append(message)

    def compact(self, target: int) -> Compaction:
        """Replace the middle by a summary so that the whole has at most `target` characters where that can be had.

        The system prompt, the opening and the last exchanges stay; answers to tool calls never lose their call. The
        conversation is at least a twentieth smaller afterwards.

        Raises:
            LimitReached: it cannot get any smaller.
        """
        before = self.size
        body = self._messages[HEAD:]
        exchanges = _exchanges([m for m in body if not _is_summary(m)])
        best: tuple[list[Message], list[Message]] | None = None
        for keep in KEPT:
            if keep >= len(exchanges):
                continue
            dropped = [message for exchange in exchanges[:-keep] for message in exchange]
            best = dropped, [message for exchange in exchanges[-keep:] for message in exchange]
            if self._sized(*best, target) <= target:
                break
        dropped, kept = best or ([], [message for exchange in exchanges for message in exchange])
        if self._sized(dropped, kept, target) > target:
            kept = [_shortened(message) for message in kept]
        if self._sized(dropped, kept, target) > before * PROGRESS:
            raise LimitReached("tokens", "the conversation is too long for the model and cannot be made shorter")
        self._lines = self._told(dropped, target)
        summary = _summary(self._lines)
        self._messages = [*self._messages[:HEAD], *_as_message(summary), *kept]
        return Compaction(len(dropped), summary)

    def _told(self, dropped: Sequence[Message], target: int) -> list[str]:
        most = max(LEAST_SUMMARY, min(MOST_SUMMARY, target // 4))
        return _bounded([*self._lines, *_lines(dropped)], most)

    def _sized(self, dropped: Sequence[Message], kept: Sequence[Message], target: int) -> int:
        summary = _as_message(_summary(self._told(dropped, target)))
        return sum(map(size_of, [*self._messages[:HEAD], *summary, *kept]))


def size_of(message: Message) -> int:
    """Characters of a message's text and calls."""
    calls = sum(len(call.name) + len(call.raw) + len(json.dumps(call.arguments)) + 40 for call in message.tool_calls)
    return len(message.content) + calls + 8


def _exchanges(messages: Sequence[Message]) -> list[list[Message]]:
    """Split at every reply of the model; what follows it (answers, nudges) belongs to it."""
    exchanges: list[list[Message]] = []
    for message in messages:
        if message.role == "assistant" or not exchanges:
            exchanges.append([])
        exchanges[-1].append(message)
    return exchanges


def _shortened(message: Message) -> Message:
    if message.role == "tool" or message.role == "user":
        return message.model_copy(update={"content": cut(message.content, SHORT_RESULT)})
    return message


def _lines(dropped: Sequence[Message]) -> list[str]:
    answers = {message.tool_call_id: message.content for message in dropped if message.role == "tool"}
    lines = []
    for message in dropped:
        if message.role != "assistant":
            continue
        said = " ".join(message.content.split())
        if said:
            lines.append(f"- you said: {cut_line(said, 160)}")
        lines.extend(f"- {_told_call(call)} -> {_gist(answers.get(call.id, ''))}" for call in message.tool_calls)
    return lines


def _told_call(call: ToolCall) -> str:
    if call.arguments is None:
        return f"{call.name}(unreadable arguments)"
    return f"{call.name}({cut_line(json.dumps(call.arguments, ensure_ascii=False), 160)})"


def _gist(answer: str) -> str:
    """The last telling line of an answer: commands and test runs end with what matters."""
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    return cut_line(lines[-1], 120) if lines else "(nothing)"


def cut_line(text: str, limit: int) -> str:
    """`text` cut to `limit` characters with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _bounded(lines: list[str], most: int) -> list[str]:
    """The newest lines that fit; the first line then says that older ones are gone."""
    total, start = 0, len(lines)
    while start > 0 and total + len(lines[start - 1]) + 1 <= most:
        start -= 1
        total += len(lines[start]) + 1
    return lines[start:] if start == 0 else ["- (older steps are not told any more)", *lines[start:]]


def _summary(lines: Sequence[str]) -> str:
    return f"{_OPENING}\n{fenced(chr(10).join(lines), 'earlier steps')}" if lines else ""


def _as_message(summary: str) -> list[Message]:
    return [Message(role="user", content=summary)] if summary else []


def _is_summary(message: Message) -> bool:
    return message.role == "user" and message.content.startswith(_OPENING)
