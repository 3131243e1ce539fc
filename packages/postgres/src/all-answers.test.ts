import { setImmediate as later } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { allAnswers } from './all-answers.ts';
import { ServerFailure } from './connection/sql-connection.ts';

const refusal = (code: string): ServerFailure => new ServerFailure({ message: code, code }, 0);

it('gives every answer in its place', async () => {
  expect(await allAnswers([Promise.resolve(1), Promise.resolve('b')])).toEqual([1, 'b']);
});

it.each([
  { codes: ['25P02', '55P03', '25P02'], told: '55P03', why: 'the others are refused for its sake' },
  { codes: ['25P02', '25P02'], told: '25P02', why: 'there is no other' },
])('tells $told of $codes when nothing is under way any more: $why', async ({ codes, told }) => {
  let ended = false;
  const end = async (): Promise<void> => {
    await later();
    ended = true;
  };
  const answers = allAnswers([...codes.map((code) => Promise.reject(refusal(code))), end()]);
  await expect(answers).rejects.toMatchObject({ sqlState: told });
  expect(ended).toBe(true);
});
