/**
 * Which names a member may have: those that are one file, inside the folder, on every system.
 *
 * @module
 */
import type { Refuse } from './archive-error.ts';
import { ARCHIVE_LIMITS } from './archive-limits.ts';

/** What has no shape: some file systems do not look at it, and nobody sees it. */
const SHAPELESS = /[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;

export type EntryKind = 'file' | 'folder';

/** Names that Windows takes for devices, whatever follows a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * A guard for one archive: answers the path without `./` before and `/` behind, `''` for the top itself.
 *
 * It refuses what leaves the folder, what some system reads otherwise, and names that are one on a file system which
 * does not tell case or Unicode's forms apart.
 */
export function createPathGuard(refuse: Refuse): (written: string, kind: EntryKind) => string {
  const taken: TakenNames = new Map();
  let nameBytes = 0;
  return (written, kind) => {
    const path = written.replace(/^(?:\.\/)+/, '').replace(/\/$/, '');
    if (path === '' || path === '.') return kind === 'folder' ? '' : refuse(written, 'has no name');
    const fault = pathFault(path);
    if (fault !== undefined) return refuse(written, fault);
    nameBytes += path.length * path.split('/').length;
    if (nameBytes > ARCHIVE_LIMITS.namesBytes) return refuse(path, 'is one name too many: together they are too long');
    claim(path, kind, taken, refuse);
    return path;
  };
}

function pathFault(path: string): string | undefined {
  if (path.startsWith('/')) return 'is not a relative path';
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\:]/.test(path)) return 'holds a control character, a backslash or a colon';
  if (Buffer.byteLength(path) > ARCHIVE_LIMITS.pathBytes) return `is longer than ${ARCHIVE_LIMITS.pathBytes} bytes`;
  const parts = path.split('/');
  if (parts.length > ARCHIVE_LIMITS.depth) return `lies more than ${ARCHIVE_LIMITS.depth} folders deep`;
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') return "holds an empty, '.' or '..' part";
    if (Buffer.byteLength(part) > ARCHIVE_LIMITS.nameBytes) {
      return `has a part longer than ${ARCHIVE_LIMITS.nameBytes} bytes`;
    }
    const shown = part.replace(SHAPELESS, '');
    if (shown === '' || /^\.{1,2}$/.test(shown)) return 'has a part that some systems read as no name';
    if (/[. ]$/.test(part) || DEVICE.test(shown)) return 'has a part that Windows reads as another name';
  }
  return undefined;
}

interface Taken {
  readonly path: string;
  readonly kind: EntryKind;
  /** Has a member of its own, not only files below. */
  readonly written: boolean;
}

/** By {@link collisionKey}. */
type TakenNames = Map<string, Taken>;

/** The folders above are names too: `A/x` and `a/y` are in one folder on some systems and in two on others. */
function claim(path: string, kind: EntryKind, taken: TakenNames, refuse: Refuse): void {
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const above = path.slice(0, slash);
    const found = taken.get(collisionKey(above));
    if (found === undefined) taken.set(collisionKey(above), { path: above, kind: 'folder', written: false });
    else if (found.path !== above) refuse(path, `collides with ${JSON.stringify(found.path)}`);
    else if (found.kind === 'file') refuse(path, `lies below ${JSON.stringify(above)}, which is a file`);
  }
  const found = taken.get(collisionKey(path));
  if (found !== undefined && found.path !== path) refuse(path, `collides with ${JSON.stringify(found.path)}`);
  if (found !== undefined && (found.written || kind === 'file')) refuse(path, 'is there twice');
  taken.set(collisionKey(path), { path, kind, written: true });
}

/** Equal for names that are one file on HFS+, APFS or NTFS, or look it. Up, then down: ß, ſ and ς have an upper case of others. */
function collisionKey(path: string): string {
  return path.normalize('NFD').replace(SHAPELESS, '').toUpperCase().toLowerCase().normalize('NFC');
}
