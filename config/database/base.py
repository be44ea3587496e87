"""Django's PostgreSQL engine with our pool and connections (DATABASES in config/settings.py names this package)."""

from typing import Any

from django.db.backends.postgresql import base

from apps.common.arrays import Array, ArrayDumper
from config.database.connection import Connection
from config.database.pool import Pool

Base: Any = base.DatabaseWrapper  # the stubs know only what Django documents


class DatabaseWrapper(Base):  # type: ignore[misc]
    """Pooled with `OPTIONS["pool"]` = {"size", "within", "patience"}: seconds, and patience None for any time."""

    @property
    def pool(self) -> Any:
        """The pool of this process for this alias, None without the option."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if not options:
            return None
        pools: dict[str, Any] = self._connection_pools
        if self.alias not in pools:
            made = Pool(lambda: self._open(options["patience"]), size=options["size"], within=options["within"])
            pools.setdefault(self.alias, made)  # of two threads that made one the first wins
        return pools[self.alias]

    def _savepoint_rollback(self, sid: str) -> None:
        """As Django's; what was asked since and not sent is forgotten: when the savepoint was made all was sent."""
        if isinstance(self.connection, Connection):
            self.connection.exchange.waiting.clear()
        super()._savepoint_rollback(sid)

    def _open(self, patience: float | None) -> Connection:
        connection = Connection.connect(**self.get_connection_params() | {"autocommit": True})
        connection.patience = patience
        connection.adapters.register_dumper(Array, ArrayDumper)
        self._configure_connection(connection)
        return connection
