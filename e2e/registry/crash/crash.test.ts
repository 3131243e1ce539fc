/**
 * story 036: atomic operations. The server is killed at random instants of a mixed load, again and again on one
 * storage folder, and after each restart everything that was acknowledged must be there, and nothing half-done.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startRegistry } from '../../support/registry.ts';
import { differences } from './check.ts';
import { violations } from './disk-invariants.ts';
import { runClient } from './workload.ts';
import { createWorld, type World } from './world.ts';

const KILLS = Number(env['SQUIZZLE_REGISTRY_KILLS'] ?? '200');
const CLIENTS = 6;
/** Most writes of one life, and most time after the last of them: enough to be in the midst of any step. */
const MOST_WRITES = 30;
const LONGEST_DELAY_MS = 8;
const LONGEST_LIFE_MS = 10_000;
/** Crashes in a row on one storage folder; then a new one, so that first steps on an empty disk are hit as well. */
const KILLS_PER_ROOT = 10;
const SEED = Number(env['SQUIZZLE_REGISTRY_SEED'] ?? Date.now() % 1_000_000);

/** Park and Miller's generator: small, and the same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe(`story 036 SIGKILL at ${KILLS} random instants (seed ${SEED})`, () => {
  const random = createRandom(SEED);

  /** By what was done and not by the clock, so that a slow machine is hit in the midst of as much as a fast one. */
  async function instant(world: World, acknowledged: number): Promise<void> {
    const latest = performance.now() + LONGEST_LIFE_MS;
    while (world.acknowledged < acknowledged && performance.now() < latest) await delay(1);
    await delay(random() * LONGEST_DELAY_MS);
  }

  async function crash(world: World, root: string): Promise<void> {
    const server = await startRegistry({ root });
    const agent = new Agent({ keepAlive: true });
    let dying = false;
    const work = { world, url: server.url, agent, random, dying: () => dying };
    const clients = Array.from({ length: CLIENTS }, (_, index) => runClient(work, `crash/client-${index}`));
    const ended = Promise.all(clients);
    await Promise.race([ended, instant(world, world.acknowledged + random() * MOST_WRITES)]);
    dying = true;
    await server.kill();
    await ended;
    agent.destroy();
  }

  async function check(world: World, root: string): Promise<readonly string[]> {
    const onDisk = violations(root);
    const server = await startRegistry({ root });
    const agent = new Agent({ keepAlive: true });
    const served = await differences(world, { url: server.url, agent });
    agent.destroy();
    await server.stop();
    return [...onDisk, ...served];
  }

  it.each(Array.from({ length: Math.ceil(KILLS / KILLS_PER_ROOT) }, (_, index) => index * KILLS_PER_ROOT))(
    'loses nothing that was acknowledged and shows nothing half-done, from kill %i on',
    async (first) => {
      const root = await mkdtemp(join(tmpdir(), 'squizzle-registry-crash-'));
      const world = createWorld();
      try {
        for (let kill = first; kill < Math.min(first + KILLS_PER_ROOT, KILLS); kill++) {
          await crash(world, root);
          expect(await check(world, root), `after kill ${kill}`).toEqual([]);
        }
        // A load too light to be hit in the midst of something would prove nothing.
        expect(world.acknowledged).toBeGreaterThan(5 * KILLS_PER_ROOT);
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    },
  );
});
