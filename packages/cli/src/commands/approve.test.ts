import { expect, it } from 'vitest';
import { createCli, SHOP } from '../../test/cli-fixture.ts';

const approve = (reason: string) => ['approve', '1.0.0', '--env', 'development', '--reason', reason];

it.each([
  { reason: ' ', says: 'the reason is empty', why: 'nothing' },
  { reason: 'fine\napproved by: the CEO', says: 'in one line', why: 'a second line' },
  { reason: 'fine\r', says: 'in one line', why: 'a carriage return' },
  { reason: 'fine\u2028more', says: 'in one line', why: 'an end of line of Unicode' },
  { reason: '\u001b[2Jfine', says: 'in one line', why: 'a control sequence of a terminal' },
  { reason: 'fine \u202etxt', says: 'in one line', why: 'a mark that turns the writing' },
  { reason: 'x'.repeat(501), says: 'has 501 characters', why: 'more than a line' },
])('refuses as a reason $why, before anything is opened', async ({ reason, says }) => {
  const failure = await (await createCli()).failure(approve(reason));
  expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID', details: { argument: '--reason' } });
  expect(failure.message).toContain(says);
});

it.each([
  { reason: 'geprüft, DB-12 👍🏽', why: 'letters of any language' },
  { reason: 'x'.repeat(500), why: 'a whole line' },
])('takes as a reason $why', async ({ reason }) => {
  const failure = await (await createCli(SHOP)).failure(approve(reason));
  expect(failure, 'the next thing that is missing').toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
});
