"""The reference with every invariant checked after every command."""

from reference.machine import ReferenceMachine
from reference.rows import Command, Event


class CheckedMachine(ReferenceMachine):
    """A `ReferenceMachine` that raises AssertionError as soon as an invariant does not hold."""

    def apply(self, command: Command) -> list[Event]:
        """As ReferenceMachine.apply."""
        events = super().apply(command)
        self.check()
        return events
