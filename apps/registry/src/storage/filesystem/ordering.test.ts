/**
 * The order of calls, as rules that hold for every step whatever it does.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { openFilesystemStore } from './filesystem-store.ts';
import { rehearse, ROOT, type Stage } from '../../../test/filesystem/rehearsal.ts';
import { watchFileSystem, type Call } from '../../../test/filesystem/watched-file-system.ts';

interface Event {
  readonly phase: 'begin' | 'end';
  readonly call: Call;
}

async function record({ disk, step }: Stage): Promise<readonly Event[]> {
  const events: Event[] = [];
  const fs = watchFileSystem(disk.copy(), {
    begin: (call) => void events.push({ phase: 'begin', call }),
    end: (call) => void events.push({ phase: 'end', call }),
  });
  const store = await openFilesystemStore(ROOT, { fs });
  events.length = 0;
  await step.run(store);
  return events;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
const isPublic = (path: string): boolean =>
  path.startsWith(`${ROOT}/blobs/`) || path.startsWith(`${ROOT}/repositories/`);
const CHANGES_NAMES: ReadonlySet<string> = new Set(['rename', 'link', 'unlink', 'mkdir']);

/** The folder among blobs and repositories that the call gives a name to or takes one from. */
function changedFolder({ name, path, to }: Call): string | undefined {
  const changed = to ?? path;
  return CHANGES_NAMES.has(name) && isPublic(changed) ? folderOf(changed) : undefined;
}

/** Whether a flush of the path began after this event and ended before that one. */
function flushedBetween(events: readonly Event[], path: string, after: number, before: number): boolean {
  const began = events.findIndex(({ phase, call }, at) => {
    return at > after && phase === 'begin' && call.name === 'sync' && call.path === path;
  });
  if (began === -1) return false;
  const index = events[began]?.call.index;
  const ended = events.findIndex(({ phase, call }) => phase === 'end' && call.index === index);
  return ended !== -1 && ended < before;
}

const isMove = ({ phase, call }: Event): boolean =>
  phase === 'begin' && (call.name === 'rename' || call.name === 'link') && isPublic(call.to ?? '');

const isRemoval = ({ phase, call }: Event): boolean =>
  phase === 'begin' && call.name === 'unlink' && isPublic(call.path);

const recorded = await Promise.all(
  (await rehearse()).map(async (stage) => ({ title: stage.title, events: await record(stage) })),
);

describe.each(recorded)('"$title"', ({ events }) => {
  it('gives no file its name before the file is flushed', () => {
    for (const [at, event] of events.entries()) {
      if (!isMove(event)) continue;
      const { call } = event;
      const isWrite = (other: Event): boolean => other.call.name === 'write' && other.call.path === call.path;
      const lastWrite = events.findLastIndex((other, index) => index < at && isWrite(other));
      expect(flushedBetween(events, call.path, lastWrite, at), `${call.path} as ${call.to}`).toBe(true);
      const later = events.slice(at).filter(isWrite);
      expect(later, `written to after it became ${call.to}`).toEqual([]);
    }
  });

  it('flushes every folder that got or lost a name before it is acknowledged', () => {
    for (const [at, { phase, call }] of events.entries()) {
      const folder = phase === 'end' ? changedFolder(call) : undefined;
      if (folder === undefined) continue;
      expect(flushedBetween(events, folder, at, Infinity), `${folder} after ${call.name} ${call.path}`).toBe(true);
    }
  });

  it('makes each step durable before the next: blob, referrer, revision or link, tags', () => {
    let last: { readonly at: number; readonly folder: string } | undefined;
    for (const [at, event] of events.entries()) {
      if (!isMove(event) && !isRemoval(event)) continue;
      const folder = folderOf(event.call.to ?? event.call.path);
      // Several tags are moved together, and flushed once.
      if (last !== undefined && last.folder !== folder) {
        expect(flushedBetween(events, last.folder, last.at, at), `${last.folder} before ${folder}`).toBe(true);
      }
      last = { at, folder };
    }
  });
});

describe('the order of publication', () => {
  const order = (title: string): string[] => {
    const { events = [] } = recorded.find((each) => each.title === title) ?? {};
    const kinds = events
      .filter((event) => isMove(event) || isRemoval(event))
      .map(({ call }) => kindOf(call.to ?? call.path));
    return kinds.filter((kind, at) => kind !== kinds[at - 1]);
  };

  it.each([
    { title: 'push a blob in chunks', expected: ['blobs', '_layers'] },
    { title: 'push the same blob to another repository', expected: ['_layers'] },
    { title: 'push a manifest with two tags', expected: ['blobs', 'revisions', 'tags'] },
    { title: 'push a manifest that refers to it', expected: ['blobs', '_referrers', 'revisions'] },
    { title: 'delete the manifest that refers to another', expected: ['revisions', '_referrers'] },
    { title: 'delete a manifest with three tags', expected: ['tags', 'revisions'] },
  ])('of "$title" is $expected', ({ title, expected }) => {
    expect(order(title)).toEqual(expected);
  });
});

function kindOf(path: string): string {
  return /_layers|_referrers|revisions|tags|blobs/.exec(path)?.[0] ?? path;
}

describe('writing a manifest', () => {
  it('flushes all of its files before it gives any of them its name', () => {
    const { events = [] } = recorded.find(({ title }) => title === 'push a manifest with two tags') ?? {};
    const firstMove = events.findIndex(isMove);
    const staged = events.filter(({ phase, call }) => phase === 'begin' && call.name === 'open' && call.flags === 'wx');
    expect(staged).toHaveLength(4);
    for (const { call } of staged) expect(flushedBetween(events, call.path, -1, firstMove), call.path).toBe(true);
  });

  it('flushes them at the same time, not one after the other', () => {
    const { events = [] } = recorded.find(({ title }) => title === 'push a manifest with two tags') ?? {};
    const syncs = events.filter(({ call }) => call.name === 'sync' && call.path.includes('/staging/'));
    expect(syncs.map(({ phase }) => phase)).toEqual([
      ...Array.from({ length: 4 }, () => 'begin'),
      ...Array.from({ length: 4 }, () => 'end'),
    ]);
  });
});
