/**
 * The shape of a conformance row: which sentences of the specification it proves, and how.
 *
 * @module
 */
import { expect } from 'vitest';
import type { Answer, HttpClient } from './client.ts';
import { ALGORITHMS, type Algorithm } from './content.ts';
import { readErrors } from './every-answer.ts';
import { levelOf, type Level, type SentenceId } from './normative-sentences.ts';
import { expectStatus, newRepository, type Repository } from './repository.ts';
import type { Story } from './stories.ts';

/** Our own requirement, where the specification leaves the choice to the registry. */
type RowLevel = Level | 'OURS';

export interface Subject {
  readonly http: HttpClient;
  /** New and empty: no other row has it. */
  readonly repository: Repository;
}

export interface Row {
  readonly section: string;
  readonly story: Story;
  readonly level: RowLevel;
  readonly covers: readonly SentenceId[];
  readonly says: string;
  readonly test: (subject: Subject) => Promise<void>;
}

interface RowDraft {
  /** None for what is only our own requirement. */
  readonly covers?: readonly SentenceId[];
  readonly story?: Story;
  readonly says: string;
  readonly test: (subject: Subject) => Promise<void>;
}

/** The level of a row is that of the first sentence it covers. */
export function rowsOf(section: string, story: Story, drafts: readonly RowDraft[]): readonly Row[] {
  return drafts.map(({ covers = [], ...draft }) => {
    const [first] = covers;
    return { story, ...draft, section, covers, level: first === undefined ? 'OURS' : levelOf(first) };
  });
}

/** The same row once for each digest algorithm. */
export function eachAlgorithm(draft: (algorithm: Algorithm) => RowDraft): readonly RowDraft[] {
  return ALGORITHMS.map((algorithm) => {
    const row = draft(algorithm);
    return { ...row, says: `${row.says} (${algorithm})` };
  });
}

export function openRow(http: HttpClient | undefined): Subject {
  if (http === undefined) throw new RangeError('no registry was started');
  return { http, repository: newRepository(http) };
}

/** A refusal with a status and, where the answer has a body, with a code. */
export function expectRefusal(answer: Answer, status: number | readonly number[], code?: string): void {
  expectStatus(answer, ...[status].flat());
  if (code === undefined) return;
  expect(answer.headers['content-type'], answer.to).toMatch(/^application\/json/);
  expect(
    readErrors(answer).map((error) => error.code),
    `${answer.to} ${answer.status}`,
  ).toContain(code);
}
