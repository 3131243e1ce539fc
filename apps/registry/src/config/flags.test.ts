import { expect, it } from 'vitest';
import { parseFlags } from './flags.ts';

const parse = (line: string) => parseFlags(line.split(' '), { takesJson: false });

it.each([
  { line: '--port 1', given: { 'listen.port': '1' }, why: 'a value after it' },
  { line: '--port=1', given: { 'listen.port': '1' }, why: 'or behind =' },
  { line: '--port 1 --port 2', given: { 'listen.port': '2' }, why: 'the last counts' },
  { line: '--read-only', given: { 'storage.read_only': 'true' }, why: 'a switch' },
  { line: '--read-only=false', given: { 'storage.read_only': 'false' }, why: 'a switch with its value' },
  { line: '--no-delete', given: { 'storage.delete': 'false' }, why: 'a switch turned off' },
  { line: '--root=-odd', given: { 'storage.root': '-odd' }, why: 'a path with a dash, behind =' },
])('$line: $why', ({ line, given }) => {
  const { values, problems } = parse(line);
  expect(Object.fromEntries(values.map(({ path, value }) => [path, value]))).toEqual(given);
  expect(problems).toEqual([]);
});

it.each([
  { line: '--prot 1', subject: '--prot', says: 'did you mean --port?', why: 'a slip' },
  { line: '--listen-port 1', subject: '--listen-port', says: 'did you mean --port?', why: 'the path as a flag' },
  { line: '--plain-htpp', subject: '--plain-htpp', says: 'did you mean --plain-http?', why: 'a slip in a switch' },
  { line: '--no-port', subject: '--no-port', says: 'there is no such flag', why: 'no switch' },
  { line: '--no-delete=yes', subject: '--no-delete', says: 'there is no such flag', why: 'says it twice' },
  { line: '-x', subject: '-x', says: 'there is no such flag', why: 'a letter' },
  { line: '--json', subject: '--json', says: 'there is no such flag', why: 'a flag of another command' },
  { line: '--port', subject: '--port', says: 'expected a whole number from 0 to 65535 after it', why: 'no value' },
  { line: '--port --read-only', subject: '--port', says: 'after it', why: 'the next flag is no value' },
  { line: '--root=', subject: '--root', says: 'expected a path after it', why: 'an empty value' },
  { line: '--config', subject: '--config', says: 'the path of a file', why: 'no file' },
  { line: 'data', subject: 'data', says: 'expected flags only', why: 'an argument' },
  { line: '-- --port 1', subject: '--port', says: 'expected flags only', why: 'arguments, after --' },
])('$line is refused: $why', ({ line, subject, says }) => {
  const { problems } = parse(line);
  expect(problems[0]?.subject).toBe(subject);
  expect(problems[0]?.message).toContain(says);
});

it('knows the flags that are no settings', () => {
  expect(parse('-c a.yaml -h')).toMatchObject({ config: 'a.yaml', help: true, json: false, problems: [] });
  expect(parseFlags(['--json'], { takesJson: true })).toMatchObject({ json: true, problems: [] });
});

it('finds every mistake', () => {
  const { problems } = parse('--prot 1 --read-onyl --no-delete x y --port');
  expect(problems.map(({ subject }) => subject)).toEqual(['--prot', '--read-onyl', 'x', 'y', '--port']);
});
