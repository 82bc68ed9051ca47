"""Which of Slack's newest blocks a workspace refused, and when. There is a row for each block of each workspace at the most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.engine import Database
from store.models import RefusedBlockRow, SlackWorkspace
from store.statements import Statement

_NOTE = Statement(
    "INSERT INTO refused_block (workspace_id, block, refused_at) SELECT id, :block, :refused_at FROM slack_workspace "
    "WHERE team_id = :team_id "
    "ON CONFLICT (workspace_id, block) DO UPDATE SET refused_at = excluded.refused_at"
)


@dataclass(frozen=True, slots=True)
class RefusedBlock:
    team_id: str
    block: str
    refused_at: datetime


class RefusedBlocks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, team_id: str, block: str) -> None:
        """Notes that the workspace refused such a block now; does nothing for a workspace that is unknown."""
        self._database.run(_NOTE, team_id=team_id, block=block, refused_at=self._database.clock())

    def since(self, moment: datetime) -> list[RefusedBlock]:
        """Returns the refusals from this moment on, oldest first."""
        rows = self._database.rows(
            RefusedBlockRow.select(SlackWorkspace.team_id, RefusedBlockRow.block, RefusedBlockRow.refused_at)
            .join(SlackWorkspace)
            .where(RefusedBlockRow.refused_at >= moment)
            .order_by(RefusedBlockRow.refused_at, SlackWorkspace.team_id, RefusedBlockRow.block)
        )
        return [RefusedBlock(row["team_id"], row["block"], row["refused_at"]) for row in rows]
