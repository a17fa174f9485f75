"""The tool-calling loop: run → step → query → execute."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from sweagent.agent import prompt
from sweagent.agent.conversation import Conversation
from sweagent.agent.hands import Hands
from sweagent.agent.strategy import AttemptContext
from sweagent.agent.watch import GIVE_UP_AT, NUDGE_AT, Watch
from sweagent.core import event as ev
from sweagent.core.errors import BadInput, ContextOverflow, LimitReached
from sweagent.core.message import Message, Reply, ToolCall, ToolResult, Usage
from sweagent.core.task import AttemptResult
from sweagent.models.protocol import Model

CHARACTERS_PER_TOKEN = 3.0
"""A low guess; what a model really counts corrects it after the first call."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one attempt besides its budget. Texts in characters, the window in tokens."""

    steps: int = 200
    output_tokens: int = 8_192
    observation: int = 16_000
    """Longest tool result that the model sees."""
    calls: int = 16
    """Tool calls of one reply that are carried out."""
    silent: int = 4
    """Replies without a tool call in a row before giving up."""
    window: int = 128_000
    """Assumed where the model does not say."""
    overflows: int = 6
    """Overflows in a row before giving up."""


class React:
    """A strategy: the model chooses tools until it submits."""

    name = "react"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    async def run(self, context: AttemptContext) -> AttemptResult:
        """Work on the task; see `Strategy.run`.

        Raises:
            BadInput: the context holds no model.
        """
        if context.model is None:
            raise BadInput("the react strategy needs a model: give --model NAME, or use --strategy repair")
        seconds = context.meter.budget.seconds
        try:
            async with asyncio.timeout(seconds) as clock:
                return await (await _Attempt.begin(context, context.model, self._limits)).run()
        except TimeoutError:
            if not clock.expired():
                raise
            raise LimitReached("seconds", f"time limit of {seconds:.0f} s reached") from None


@dataclass(slots=True)
class _Attempt:
    """One attempt under way."""

    context: AttemptContext
    model: Model
    limits: Limits
    hands: Hands
    conversation: Conversation
    watch: Watch = field(default_factory=Watch)
    step_number: int = 0
    silent: int = 0
    warned: set[str] = field(default_factory=set)
    ended: AttemptResult | None = None
    per_token: float = CHARACTERS_PER_TOKEN
    window: int = 0

    @classmethod
    async def begin(cls, context: AttemptContext, model: Model, limits: Limits) -> _Attempt:
        """Look at the workspace from inside and write the first two messages."""
        hands = Hands(context, limits.observation)
        facts = await hands.facts()
        first = Message(role="system", content=prompt.SYSTEM)
        second = Message(role="user", content=prompt.opening(context.task, context.before, facts))
        for message in (first, second):
            await context.emit(ev.MessageAdded(attempt=context.attempt, message=message))
        window = model.context_window or limits.window
        return cls(context, model, limits, hands, Conversation(first, second), window=window)

    async def run(self) -> AttemptResult:
        """Step until something ends the attempt."""
        while self.ended is None:
            await self.step()
        return self.ended

    async def step(self) -> None:
        """One reply of the model and what it asks for."""
        self.context.meter.step()
        self.step_number += 1
        if self.step_number > self.limits.steps:
            raise LimitReached("steps", f"step limit of {self.limits.steps} reached")
        reply = await self.query()
        await self.add(reply.message)
        if not reply.message.tool_calls:
            await self.nudge_silent(reply)
            return
        self.silent = 0
        await self.execute(reply.message.tool_calls)

    async def query(self) -> Reply:
        """Ask the model; where the conversation is too long, make it shorter and ask again."""
        if self.conversation.size > self.room():
            await self.compact(self.room() // 2)
        for _ in range(self.limits.overflows):
            try:
                return await self.ask()
            except ContextOverflow:
                await self.compact(self.conversation.size // 2)
        raise LimitReached("tokens", f"the conversation did not fit after {self.limits.overflows} compactions")

    async def ask(self) -> Reply:
        """One model call: money is set aside before and settled after, however it ends."""
        messages, meter = self.conversation.messages, self.context.meter
        worst = self.model.worst_cost(messages, self.hands.tools, self.limits.output_tokens)
        meter.reserve(worst)
        cost: float | None = 0.0
        usage = Usage()
        try:
            reply = await self.model.complete(
                messages, self.hands.tools, max_output_tokens=self.limits.output_tokens, retried=self.retried
            )
            cost, usage = reply.cost_usd, reply.usage
        finally:
            meter.settle(worst, cost, usage)
        self.calibrate(reply.usage)
        await self.context.emit(
            ev.ModelCalled(
                attempt=self.context.attempt,
                role="coder",
                model=reply.model,
                usage=reply.usage,
                cost_usd=reply.cost_usd,
                seconds=reply.seconds,
                finish_reason=reply.finish_reason,
            )
        )
        return reply

    async def execute(self, calls: tuple[ToolCall, ...]) -> None:
        """Carry out the calls of one reply in order; every call gets exactly one answer."""
        worst = 0
        for number, call in enumerate(calls):
            if self.ended is not None:
                return
            await self.emit_call(call)
            started = time.monotonic()
            if number < self.limits.calls:
                result = await self.submitted(await self.hands.use(call))
            else:
                text = f"Not run: at most {self.limits.calls} calls in one answer."
                result = ToolResult(text=text, is_error=True)
            await self.emit_result(call, result, time.monotonic() - started)
            worst = max(worst, self.watch.saw(call, result))
        if self.ended is None and worst >= GIVE_UP_AT:
            self.ended = AttemptResult(status="gave_up", reason=f"the same call gave the same result {worst} times")
        elif self.ended is None and worst == NUDGE_AT:
            await self.add(Message(role="user", content=prompt.REPEATED.format(times=worst)))

    async def submitted(self, result: ToolResult) -> ToolResult:
        """End the attempt if this was a submission; the first one is sent back where it looks too early."""
        if result.is_error or not result.data or result.data.get("submitted") is not True:
            return result
        doubt = await self.doubt()
        if doubt is not None and doubt not in self.warned:
            self.warned.add(doubt)
            return ToolResult(text=doubt, is_error=True)
        summary = prompt.cut(str(result.data.get("summary") or ""), 4_000)
        self.ended = AttemptResult(status="submitted", reason="the agent submitted", summary=summary)
        return result

    async def doubt(self) -> str | None:
        """Why a submission now would be too early, or None."""
        if not self.watch.edited and not await self.hands.dirty():
            return prompt.NOTHING_CHANGED
        return None if self.watch.tested else prompt.NOT_TESTED

    async def nudge_silent(self, reply: Reply) -> None:
        """Answer a reply that called no tool, or give up after several in a row."""
        self.silent += 1
        if self.silent >= self.limits.silent:
            reason = f"{self.silent} answers in a row called no tool"
            self.ended = AttemptResult(
                status="gave_up", reason=reason, summary=prompt.cut(reply.message.content, 4_000)
            )
            return
        text = prompt.CUT_OFF if reply.finish_reason == "length" else prompt.NO_CALL
        await self.add(Message(role="user", content=text))

    async def compact(self, target: int) -> None:
        """Shorten the conversation and say so in the log."""
        done = self.conversation.compact(target)
        await self.context.emit(ev.Compacted(attempt=self.context.attempt, dropped=done.dropped, summary=done.summary))

    def room(self) -> int:
        """Characters that the conversation may have before it is compacted."""
        tools = sum(len(str(tool.parameters)) + len(tool.description) for tool in self.hands.tools)
        tokens = max(self.window - self.limits.output_tokens, self.window // 4)
        return max(int(tokens * 0.9 * self.per_token) - tools, 2_000)

    def calibrate(self, usage: Usage) -> None:
        """Learn from a true count how many characters a token has here."""
        if usage.prompt > 500:
            self.per_token = min(4.5, max(1.0, self.conversation.size / usage.prompt))

    async def retried(self, error: str, wait: float, tries: int) -> None:
        """Put a retry into the log."""
        attempt, model = self.context.attempt, self.model.name
        await self.context.emit(
            ev.ModelRetried(attempt=attempt, model=model, error=error, wait_seconds=wait, tries=tries)
        )

    async def add(self, message: Message) -> None:
        """Append a message, in the log first."""
        await self.context.emit(ev.MessageAdded(attempt=self.context.attempt, message=message))
        self.conversation.add(message)

    async def emit_call(self, call: ToolCall) -> None:
        """Put a call into the log before it is made."""
        await self.context.emit(ev.ToolCalled(attempt=self.context.attempt, step=self.step_number, call=call))

    async def emit_result(self, call: ToolCall, result: ToolResult, seconds: float) -> None:
        """Put an answer into the log, then before the model."""
        await self.context.emit(
            ev.ToolReturned(
                attempt=self.context.attempt, step=self.step_number, call_id=call.id, result=result, seconds=seconds
            )
        )
        await self.add(Message(role="tool", content=result.text, tool_call_id=call.id))
