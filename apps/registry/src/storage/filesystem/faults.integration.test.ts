/**
 * Every call that a step makes fails once. The step fails or gets by; what can be seen is as before or as after;
 * nothing is left open or half written; and the same step, tried again, succeeds and survives a power failure.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { isRegistryError } from '../../registry-error.ts';
import { openFilesystemStore } from './filesystem-store.ts';
import { systemError, type MemoryFileSystem } from '../../../test/filesystem/memory-file-system.ts';
import { rehearse, ROOT, type Stage } from '../../../test/filesystem/rehearsal.ts';
import { contradictions, look } from '../../../test/filesystem/scenario.ts';
import { isChange, watchFileSystem, type Call, type Fault } from '../../../test/filesystem/watched-file-system.ts';

interface Trial {
  readonly why: string;
  readonly fault: Fault;
  readonly applies: (call: Call) => boolean;
  /** `all`: also calls of a kind that was tried before, in another step. */
  readonly tries: 'all' | 'each-kind';
  readonly isExpected: (thrown: unknown) => boolean;
}

const EIO = systemError('EIO');
const ENOSPC = systemError('ENOSPC');
const EDQUOT = systemError('EDQUOT');
const EROFS = systemError('EROFS');
const isFull = (thrown: unknown): boolean => isRegistryError(thrown, 'STORAGE_FULL');
/** What needs room on the disk, or tells only now that there was none. */
const NEEDS_ROOM: ReadonlySet<string> = new Set(['open', 'write', 'mkdir', 'rename', 'link', 'sync']);
const MOVES: ReadonlySet<string> = new Set(['rename', 'link', 'unlink', 'mkdir', 'rmdir']);

const TRIALS: readonly Trial[] = [
  {
    why: 'the disk has a fault',
    fault: { type: 'before', error: EIO },
    applies: isChange,
    tries: 'all',
    isExpected: (thrown) => thrown === EIO,
  },
  {
    why: 'the disk cannot be read',
    fault: { type: 'before', error: EIO },
    applies: (call) => !isChange(call),
    tries: 'each-kind',
    isExpected: (thrown) => thrown === EIO,
  },
  {
    why: 'the answer of a network file system is lost',
    fault: { type: 'after', error: EIO },
    applies: ({ name }) => MOVES.has(name),
    tries: 'all',
    isExpected: (thrown) => thrown === EIO,
  },
  {
    why: 'the disk is full',
    fault: { type: 'before', error: ENOSPC },
    applies: (call) => isChange(call) && NEEDS_ROOM.has(call.name),
    tries: 'each-kind',
    isExpected: isFull,
  },
  {
    why: 'a network file system tells at the end that the disk is full',
    fault: { type: 'after', error: ENOSPC },
    applies: ({ name, path }) => name === 'close' && /staging|uploads/.test(path),
    tries: 'each-kind',
    isExpected: isFull,
  },
  {
    why: 'the quota is used up',
    fault: { type: 'before', error: EDQUOT },
    applies: ({ name }) => name === 'write',
    tries: 'each-kind',
    isExpected: isFull,
  },
  {
    why: 'the file system turned read-only',
    fault: { type: 'before', error: EROFS },
    applies: ({ name }) => name === 'mkdir' || name === 'rename',
    tries: 'each-kind',
    isExpected: (thrown) => thrown === EROFS,
  },
  {
    why: 'a write takes less than it was given',
    fault: { type: 'short' },
    applies: ({ name }) => name === 'write',
    tries: 'each-kind',
    isExpected: () => false,
  },
];

/** What a call may leave behind when it fails or seems to fail: what cannot be known to be there, or not be removed. */
function mayLeave({ name, flags }: Call, { fault }: Trial): boolean {
  return name === 'unlink' || name === 'rmdir' || (fault.type === 'after' && (flags === 'wx' || name === 'mkdir'));
}

async function findFaults(stage: Stage, at: number, trial: Trial): Promise<string[]> {
  const { step, before, after } = stage;
  const disk = stage.disk.copy();
  let countdown = Infinity;
  let failing: Call | undefined;
  const fs = watchFileSystem(disk, {
    begin(call) {
      countdown -= 1;
      if (countdown !== -1) return undefined;
      failing = call;
      return trial.fault;
    },
  });
  const store = await openFilesystemStore(ROOT, { fs });
  countdown = at;
  const thrown: unknown = await step.run(store).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  countdown = Infinity;
  const faults = contradictions(await look(store), thrown === undefined ? after : before, after);
  if (thrown !== undefined && !trial.isExpected(thrown)) faults.push(`threw ${(thrown as Error).message}`);
  if (disk.openCount() > 0) faults.push(`${disk.openCount()} files are open`);
  if (failing !== undefined && !mayLeave(failing, trial)) faults.push(...leftovers(disk, thrown));
  await step.run(store);
  return [...faults, ...(await findFaultsLater(disk.afterPowerFailure('flushed'), stage))];
}

/** After a restart, hours later. */
async function findFaultsLater(disk: MemoryFileSystem, { after }: Stage): Promise<string[]> {
  const now = (): number => Date.now() + 3 * 60 * 60 * 1_000;
  const store = await openFilesystemStore(ROOT, { fs: disk, now });
  const faults = contradictions(await look(store), after, after);
  await store.uploads.removeExpired();
  return [...faults, ...temporaries(disk)];
}

/** A session whose step failed may go on; one whose step succeeded is gone. */
function leftovers(disk: MemoryFileSystem, thrown: unknown): readonly string[] {
  return thrown === undefined ? temporaries(disk) : temporaries(disk).filter((path) => path.includes('/staging/'));
}

function temporaries(disk: MemoryFileSystem): readonly string[] {
  return disk.files().filter((path) => path.startsWith(`${ROOT}/staging/`) || path.startsWith(`${ROOT}/uploads/`));
}

const stages = await rehearse();

/** The first call of each kind in the whole scenario: name and path without random names. */
const firstOfKind = new Map<string, Call>();
for (const call of stages.flatMap(({ calls }) => calls)) {
  const kind = kindOf(call);
  if (!firstOfKind.has(kind)) firstOfKind.set(kind, call);
}

function kindOf({ name, path }: Call): string {
  return `${name} ${path.replace(/[0-9a-f-]{36}/, 'id')}`;
}

function isWorthTrying(call: Call | undefined, { applies, tries }: Trial): boolean {
  return call !== undefined && applies(call) && (tries === 'all' || firstOfKind.get(kindOf(call)) === call);
}

describe.each(TRIALS)('when $why', (trial) => {
  const trials = stages.map((stage) => ({
    ...stage,
    stage,
    at: [...stage.calls.keys()].filter((at) => isWorthTrying(stage.calls[at], trial)),
  }));

  it.each(trials.filter(({ at }) => at.length > 0))(
    '"$title" leaves nothing half done, and succeeds when it is tried again',
    async ({ stage, calls, at }) => {
      for (const index of at) {
        const faults = await findFaults(stage, index, trial).catch(({ message }: Error) => [`again: ${message}`]);
        expect(faults, `call ${index}: ${calls[index]?.name} ${calls[index]?.path}`).toEqual([]);
      }
    },
  );
});
