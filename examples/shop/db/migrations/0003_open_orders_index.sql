-- Built while the shop goes on selling: this statement cannot run inside a transaction.
CREATE INDEX CONCURRENTLY orders_open ON orders (placed_at) WHERE status = 'open';
