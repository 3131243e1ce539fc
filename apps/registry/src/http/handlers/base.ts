/**
 * `/v2/`: whether this is a registry, and whether the caller may come in.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
 * @module
 */
import type { Access, Caller } from '../../auth/access.ts';
import type { Exchange } from '../exchange.ts';
import { respond } from '../respond.ts';

/**
 * Tells an anonymous caller who may come in that a name could do more: from this answer alone skopeo and podman learn
 * whether there are passwords at all.
 */
export function handleBase(exchange: Exchange, caller: Caller, { challenge }: Access): void {
  const hint = caller.user === undefined && challenge !== undefined ? ['WWW-Authenticate', challenge] : [];
  respond(exchange, 200, ['Content-Type', 'application/json', ...hint], '{}');
}
