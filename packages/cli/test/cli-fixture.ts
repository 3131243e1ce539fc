/**
 * The CLI in this process, in a temporary folder, over stores, databases and an SQL analyzer in memory.
 *
 * @module
 */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { env } from 'node:process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createMemoryContentStore, createMemoryDatabase, createStatementAnalyzer } from '@squizzle/core/testing';
import type { MemoryContentStore, MemoryDatabase } from '@squizzle/core/testing';
import type { ScratchDatabases } from '@squizzle/core';
import { onTestFinished } from 'vitest';
import type { Adapters, OciTools, RegistryTarget, ScratchTarget } from '../src/adapters.ts';
import type { Environment, StopSignal } from '../src/environment.ts';
import { createKnownSecrets } from '../src/known-secrets.ts';
import { run } from '../src/run.ts';

/** For git. */
const { PATH } = env;

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliCall {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly isTTY?: boolean;
  /** What standard input holds, or is typed at a prompt. */
  readonly stdin?: string;
  /** What is typed at each prompt, where they differ. */
  readonly typed?: string[];
  readonly columns?: number;
  readonly adapters?: Partial<Adapters>;
  readonly signal?: AbortSignal;
  readonly stoppedBy?: StopSignal;
}

export interface Cli {
  readonly folder: string;
  /** By the folder they stand for. */
  readonly stores: Map<string, MemoryContentStore>;
  /** By host and repository: `ghcr.io/acme/db`. */
  readonly registries: Map<string, MemoryContentStore>;
  /** How registries were opened, in order. */
  readonly opened: RegistryTarget[];
  /** By connection string or data folder. */
  readonly databases: Map<string, MemoryDatabase>;
  /** Where scratch databases were asked for, in order. */
  readonly scratchTargets: ScratchTarget[];
  readonly scratchDatabases: ScratchMemory[];
  squizzle(command: string | readonly string[], call?: CliCall): Promise<CliResult>;
  /** Runs a command with `--json` that ends with 0. @returns its result. */
  json(command: string, call?: CliCall): Promise<Readonly<Record<string, unknown>>>;
  /** The error that a command reports as JSON. */
  failure(command: string | readonly string[], call?: CliCall): Promise<CliFailure>;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  read(path: string): Promise<string>;
}

export interface ScratchMemory {
  readonly database: MemoryDatabase;
  removed: boolean;
}

export interface CliFailure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly details: unknown;
}

export const SHOP_CONFIG = `name: shop
remote: ../releases
defaultEnvironment: development
environments:
  development:
    database: pglite:./db-folder
    trust: { unsigned: { allowed: true, reason: local development } }
  production:
    database: \${DATABASE_URL}
    trust: { unsigned: { allowed: false } }
  staging:
    database: postgres://app:s3cret@staging:5432/shop
`;

export const SHOP = {
  'squizzle.yaml': SHOP_CONFIG,
  'db/migrations/0001_users.sql': 'CREATE TABLE users (id int);\n',
  'db/migrations/0001_users.down.sql': 'DROP TABLE users;\n',
} as const;

export const ORDERS = {
  'db/migrations/0002_orders.sql': 'CREATE TABLE orders (id int);\n',
  'db/migrations/0002_orders.down.sql': 'DROP TABLE orders;\n',
} as const;

/** Removed, with its folder, when the test ends. */
export async function createCli(files: Readonly<Record<string, string>> = {}): Promise<Cli> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'squizzle-cli-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, 'shop');
  await mkdir(folder);
  const world: World = {
    stores: new Map(),
    registries: new Map(),
    opened: [],
    databases: new Map(),
    scratchTargets: [],
    scratchDatabases: [],
  };
  const adapters = createMemoryAdapters(world);
  const write: Cli['write'] = async (texts) => {
    for (const [path, text] of Object.entries(texts)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  };
  await write(files);
  const squizzle: Cli['squizzle'] = async (command, call = {}) => {
    const written = { stdout: '', stderr: '' };
    const argv = typeof command === 'string' ? command.split(' ').filter((word) => word !== '') : command;
    const environment = createEnvironment(written, { folder: call.cwd ?? folder, argv, call });
    const exitCode = await run({ ...environment, adapters: { ...adapters, ...call.adapters } });
    return { exitCode, ...written };
  };
  return {
    folder,
    ...world,
    squizzle,
    write,
    read: (path) => readFile(join(folder, path), 'utf8'),
    ...parsed(squizzle),
  };
}

type World = Pick<Cli, 'stores' | 'registries' | 'opened' | 'databases' | 'scratchTargets' | 'scratchDatabases'>;

function createMemoryAdapters(world: World): Adapters {
  const { stores, registries, opened, databases } = world;
  return {
    openStore: async (at) => openIn(stores, at),
    openRegistry: async (target) => {
      opened.push(target);
      const store = openIn(registries, `${target.registry}/${target.repository}`);
      return { ...store, wholeManifests: true, close: async () => undefined };
    },
    loadOciTools: () => import('@squizzle/oci'),
    loadSecurity: () => import('@squizzle/security'),
    openDatabase: async (target) => {
      const at = target.kind === 'server' ? target.connectionString : (target.dataFolder ?? 'memory');
      const database = databases.get(at) ?? createMemoryDatabase();
      databases.set(at, database);
      return database.connect();
    },
    openScratch: async (target) => {
      world.scratchTargets.push(target);
      return createMemoryScratch(world.scratchDatabases);
    },
    createAnalyzer: async () => createStatementAnalyzer(),
    openBrowser: async () => undefined,
  };
}

function createMemoryScratch(made: ScratchMemory[]): ScratchDatabases {
  return {
    description: 'memory',
    create: async () => {
      const scratch: ScratchMemory = { database: createMemoryDatabase(), removed: false };
      made.push(scratch);
      const dispose = async (): Promise<void> => {
        scratch.removed = true;
      };
      return { driver: scratch.database.connect(), [Symbol.asyncDispose]: dispose };
    },
  };
}

function openIn(stores: Map<string, MemoryContentStore>, at: string): MemoryContentStore {
  const store = stores.get(at) ?? createMemoryContentStore(at);
  stores.set(at, store);
  return store;
}

interface Written {
  stdout: string;
  stderr: string;
}

function createEnvironment(
  written: Written,
  { folder, argv, call }: { folder: string; argv: readonly string[]; call: CliCall },
) {
  const writer = (name: keyof Written) => ({
    isTTY: call.isTTY ?? false,
    columns: call.columns ?? 80,
    write: (text: string | Uint8Array) => {
      written[name] += typeof text === 'string' ? text : new TextDecoder().decode(text);
    },
  });
  return {
    argv,
    env: { PATH: PATH, ...call.env },
    cwd: folder,
    homeFolder: folder,
    actor: 'tester@laptop',
    stdin: {
      isTTY: call.isTTY ?? false,
      read: async () => call.stdin ?? '',
      readHidden: async (prompt) => {
        written.stderr += prompt;
        return call.typed?.shift() ?? call.stdin ?? '';
      },
    },
    stdout: writer('stdout'),
    stderr: writer('stderr'),
    now: () => new Date('2026-11-21T04:16:05Z'),
    signal: call.signal ?? new AbortController().signal,
    stoppedBy: () => call.stoppedBy ?? null,
    secrets: createKnownSecrets(),
  } satisfies Omit<Environment, 'adapters'>;
}

function parsed(squizzle: Cli['squizzle']): Pick<Cli, 'json' | 'failure'> {
  return {
    json: async (command, call) => {
      const { exitCode, stdout, stderr } = await squizzle(`${command} --json`, call);
      if (exitCode !== 0 || stderr !== '') throw new TypeError(`squizzle ${command} ended with ${exitCode}: ${stderr}`);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    failure: async (command, call) => {
      const argv = typeof command === 'string' ? command.split(' ') : command;
      const { exitCode, stdout, stderr } = await squizzle([...argv, '--json'], call);
      if (stdout !== '' || exitCode === 0) throw new TypeError(`expected a failure, found ${exitCode}: ${stdout}`);
      return { exitCode, ...(JSON.parse(stderr) as { error: Omit<CliFailure, 'exitCode'> }).error };
    },
  };
}

/** The package's tools, some of them replaced. */
export function withTools(replaced: Partial<OciTools>): Partial<Adapters> {
  return { loadOciTools: async () => ({ ...(await import('@squizzle/oci')), ...replaced }) };
}

/** The same value with a placeholder for every hash: what they are is core's business. */
export function withoutDigests<T>(value: T): T {
  const replaced = JSON.stringify(value)
    .replaceAll(/[0-9a-f]{64}/g, '<hash>')
    .replaceAll(/sha256:[0-9a-f]{12}/g, 'sha256:<short>');
  return JSON.parse(replaced) as T;
}
