/**
 * `/v2/`: whether this is a registry, and whether the caller may come in.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
 * @module
 */
import type { Exchange } from '../exchange.ts';
import { respond } from '../respond.ts';

export function handleBase(exchange: Exchange): void {
  respond(exchange, 200, ['Content-Type', 'application/json'], '{}');
}
