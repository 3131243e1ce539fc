/**
 * What git knows of the sources. The one place that starts a program: without a shell, and read-only.
 *
 * @module
 */
import { execFile } from 'node:child_process';

export interface GitCommit {
  /** The whole hash. */
  readonly revision: string;
  /** `Anna Ito <anna@acme.test>` */
  readonly author: string;
  readonly committedAt: Date;
}

export type GitState =
  /** The sources are in the commit as they lie in the folder. */
  | { readonly kind: 'clean'; readonly head: GitCommit }
  /** `changed` names some of the files that differ. */
  | { readonly kind: 'changed'; readonly head: GitCommit; readonly changed: readonly string[] }
  /** No git, no repository, no commit yet, or a repository that git refuses to read. */
  | { readonly kind: 'absent'; readonly reason: string };

export interface GitQuestion {
  readonly folder: string;
  /** Files and folders that must be committed, relative to the folder. */
  readonly paths: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A repository may name programs to run; none of them is needed to answer. */
const SAFE = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-optional-locks'];
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const SHOWN = 3;

export async function readGitState(question: GitQuestion): Promise<GitState> {
  const head = await git(['log', '-1', '--no-show-signature', '--format=%H%n%ct%n%an <%ae>'], question);
  if (!head.ok) return { kind: 'absent', reason: head.reason };
  const [revision = '', seconds = '', author = ''] = head.output.split('\n');
  const commit: GitCommit = { revision, author, committedAt: new Date(Number(seconds) * 1_000) };
  const status = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--ignored=traditional', '--'];
  const found = await git([...status, ...question.paths], question);
  if (!found.ok) return { kind: 'absent', reason: found.reason };
  const changed = found.output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.slice(3));
  return changed.length === 0
    ? { kind: 'clean', head: commit }
    : { kind: 'changed', head: commit, changed: changed.slice(0, SHOWN) };
}

type GitAnswer = { readonly ok: true; readonly output: string } | { readonly ok: false; readonly reason: string };

function git(args: readonly string[], { folder, env, signal }: GitQuestion): Promise<GitAnswer> {
  const options = {
    cwd: folder,
    env: { ...env, LC_ALL: 'C' },
    signal,
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  };
  return new Promise((resolve, reject) => {
    execFile('git', [...SAFE, ...args], options, (fault, stdout, stderr) => {
      if (fault === null) resolve({ ok: true, output: stdout });
      else if (signal.aborted) reject(signal.reason as Error);
      else resolve({ ok: false, reason: fault.code === 'ENOENT' ? 'git is not installed' : firstLine(stderr) });
    });
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? 'git failed';
}
