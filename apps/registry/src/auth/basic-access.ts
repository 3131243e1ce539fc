/**
 * Callers known by user name and password, from a file of users: a known user may do everything.
 *
 * A user who does not exist and a wrong password are answered alike, after the same work.
 *
 * @module
 */
import { SILENT_LOGGER, type Logger } from '../log/logger.ts';
import { RegistryError } from '../registry-error.ts';
import type { Access, Caller } from './access.ts';
import {
  formatBasicChallenge,
  namesNobody,
  parseBasicCredentials,
  type BasicCredentials,
} from './basic-credentials.ts';
import { createDecoys } from './decoy-hashes.ts';
import { openHtpasswdFile, type HtpasswdFileSystem } from './htpasswd-file.ts';
import { createLoginChecks } from './login-checks.ts';
import type { PasswordComparer } from './password-comparer.ts';

export interface BasicAccessOptions {
  /** Path of the file of users, made with `htpasswd -B`. Read again when it changes. */
  readonly htpasswd: string;
  /** What clients show when they ask for a password. Printable ASCII. Default `squizzle-registry`. */
  readonly realm?: string;
  /** Lets callers without a password pull; nothing else. Default false. */
  readonly anonymousPull?: boolean;
  readonly logger?: Logger;
  /** Milliseconds since an arbitrary start, never going back. Tests pass their own. */
  readonly now?: () => number;
  readonly fileSystem?: HtpasswdFileSystem;
  /** Default: bcrypt in a thread of its own, started with the first password. Closed with this access. */
  readonly comparer?: PasswordComparer;
}

export interface BasicAccess extends Access {
  readonly challenge: string;
  /** Ends the thread. Twice is as good as once. */
  close(): Promise<void>;
}

const REALM = 'squizzle-registry';
const ANONYMOUS: Caller = { user: undefined };
const NO_CREDENTIALS: BasicCredentials = { user: '', password: '' };
/** bcrypt ignores what comes after: two passwords that differ only there would both be right. */
const MAX_PASSWORD_BYTES = 72;

/**
 * @throws {HtpasswdError} when the file cannot be read or names no users; `TypeError` for a realm that is not
 *   printable ASCII.
 */
export async function createBasicAccess(options: BasicAccessOptions): Promise<BasicAccess> {
  const { htpasswd: path, realm = REALM, anonymousPull = false, logger = SILENT_LOGGER } = options;
  const { now = () => performance.now(), fileSystem, comparer = createLazyBcrypt(logger) } = options;
  const challenge = formatBasicChallenge(realm);
  const file = await openHtpasswdFile({ path, logger, now, ...(fileSystem !== undefined && { fileSystem }) });
  const checks = createLoginChecks({ comparer, now });
  const decoyFor = createDecoys();

  const unauthorized = (message: string): RegistryError<'UNAUTHORIZED'> =>
    new RegistryError('UNAUTHORIZED', message, { headers: { 'WWW-Authenticate': challenge } });

  const isRight = async ({ user, password }: BasicCredentials): Promise<boolean> => {
    const users = await file.users();
    const decoy = decoyFor(user, users);
    const known = users.hashes.get(user);
    const matches = await checks.isRight({ user, password, hash: known ?? decoy });
    return matches && known !== undefined;
  };

  return {
    challenge,
    async identify(authorization) {
      const credentials = authorization === undefined ? NO_CREDENTIALS : parseBasicCredentials(authorization);
      if (credentials === undefined) {
        throw unauthorized('expected the header Authorization to be "Basic " and base64 of "user:password" in UTF-8');
      }
      if (namesNobody(credentials)) {
        if (anonymousPull) return ANONYMOUS;
        throw unauthorized('authentication is required; log in');
      }
      if (Buffer.byteLength(credentials.password) > MAX_PASSWORD_BYTES) {
        throw unauthorized(`the password is longer than ${MAX_PASSWORD_BYTES} bytes, the most that bcrypt looks at`);
      }
      if (!(await isRight(credentials))) throw unauthorized('user name or password is wrong');
      return { user: credentials.user };
    },
    allows: (caller, action) => caller.user !== undefined || (anonymousPull && action === 'pull'),
    close: () => comparer.close(),
  };
}

/** Threads are not even loaded before the first password. */
function createLazyBcrypt(logger: Logger): PasswordComparer {
  let loading: Promise<PasswordComparer> | undefined;
  let closed = false;
  const load = async (): Promise<PasswordComparer> => {
    const { createBcryptWorker } = await import('./bcrypt-worker.ts');
    const worker = createBcryptWorker({ logger });
    if (closed) await worker.close();
    return worker;
  };
  return {
    async compare(password, hash) {
      const worker = await (loading ??= load());
      return worker.compare(password, hash);
    },
    async close() {
      closed = true;
      await (await loading)?.close();
    },
  };
}
