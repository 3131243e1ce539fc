/**
 * A file system whose calls a test sees, before they begin and after they end, and can make fail.
 *
 * @module
 */
import type { FileSystem } from '../../src/storage/filesystem/file-system.ts';

export type CallName = keyof FileSystem;

export interface Call {
  /** From 0, in the order they were asked for. */
  readonly index: number;
  readonly name: CallName;
  /** What the call is about, also when it was given an open file. */
  readonly path: string;
  /** Of `rename` and `link`. */
  readonly to: string | undefined;
  /** Of `open`. */
  readonly flags: string | undefined;
}

/**
 * What becomes of a call: it fails without having done anything, or after it was done, or (a `write`) takes only half
 * of the bytes. Closing is always done, as it is on a real system.
 */
export type Fault =
  | { readonly type: 'before'; readonly error: Error }
  | { readonly type: 'after'; readonly error: Error }
  | { readonly type: 'short' };

export interface Watcher {
  /** Begins the call only when this resolves. */
  readonly hold?: (call: Call) => Promise<void> | undefined;
  readonly begin?: (call: Call) => Fault | undefined | void;
  readonly end?: (call: Call) => void;
}

export function watchFileSystem(fs: FileSystem, watcher: Watcher): FileSystem {
  const pathOf = new Map<number, string>();
  let calls = 0;

  async function run(name: CallName, args: readonly unknown[]): Promise<unknown> {
    const call = describeCall(calls++, name, args, pathOf);
    await watcher.hold?.(call);
    const fault = watcher.begin?.(call) ?? undefined;
    if (fault?.type === 'before' && name !== 'close') throw fault.error;
    const result = await (fs[name] as (...given: unknown[]) => Promise<unknown>)(
      ...(fault?.type === 'short' ? halved(args) : args),
    );
    if (name === 'close') pathOf.delete(args[0] as number);
    watcher.end?.(call);
    if (fault === undefined || fault.type === 'short') {
      if (name === 'open') pathOf.set(result as number, call.path);
      return result;
    }
    // Nobody learns the number of a file that was opened and reported as failed: the system has not opened it.
    if (name === 'open') await fs.close(result as number);
    throw fault.error;
  }

  const names = Object.keys(NAMES) as CallName[];
  return Object.fromEntries(
    names.map((name) => [name, async (...args: unknown[]) => run(name, args)]),
  ) as unknown as FileSystem;
}

/** Every function of the interface, checked by the compiler. */
const NAMES: Record<CallName, true> = {
  open: true,
  close: true,
  read: true,
  write: true,
  truncate: true,
  sync: true,
  chmod: true,
  touch: true,
  inspect: true,
  stat: true,
  rename: true,
  link: true,
  unlink: true,
  mkdir: true,
  rmdir: true,
  readdir: true,
};

function describeCall(index: number, name: CallName, args: readonly unknown[], pathOf: Map<number, string>): Call {
  const [first, second] = args;
  return {
    index,
    name,
    path: typeof first === 'number' ? (pathOf.get(first) ?? `fd ${first}`) : (first as string),
    to: name === 'rename' || name === 'link' ? (second as string) : undefined,
    flags: name === 'open' ? (second as string) : undefined,
  };
}

function halved([fd, bytes, position]: readonly unknown[]): unknown[] {
  const from = bytes as Uint8Array;
  return [fd, from.subarray(0, Math.ceil(from.byteLength / 2)), position];
}

const READING: ReadonlySet<CallName> = new Set(['close', 'read', 'inspect', 'stat', 'readdir']);

/** Whether the call changes what is on the disk, or what of it would survive a power failure. */
export function isChange({ name, flags }: Call): boolean {
  return !READING.has(name) && (name !== 'open' || flags === 'wx');
}
