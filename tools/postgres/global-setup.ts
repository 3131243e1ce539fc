/**
 * Vitest's `globalSetup`: starts one server of each version for the whole run and stops them after it.
 *
 * @module
 */
import type { TestProject } from 'vitest/node';
import { availableServers, startCluster, type Cluster, type ServerChoice } from './cluster.ts';
import type { ProvidedServer } from './provided-context.ts';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.all(availableServers().map(start));
  project.provide('postgresServers', started.map(describe));
  return async () => {
    await Promise.all(started.map(async ({ cluster }) => cluster?.stop()));
  };
}

interface Started {
  readonly choice: ServerChoice;
  readonly cluster: Cluster | null;
}

async function start(choice: ServerChoice): Promise<Started> {
  if ('missing' in choice) return { choice, cluster: null };
  return { choice, cluster: await startCluster({ version: choice.version }) };
}

function describe({ choice, cluster }: Started): ProvidedServer {
  return {
    version: choice.version,
    url: cluster?.url('postgres') ?? null,
    missing: 'missing' in choice ? choice.missing : null,
    pid: cluster?.pid ?? null,
  };
}
