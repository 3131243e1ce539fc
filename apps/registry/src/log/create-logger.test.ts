import { expect, it } from 'vitest';
import { createLogger } from './create-logger.ts';
import { formatJsonLine } from './json-line.ts';
import { LOG_LEVELS, type LogEvent, type LogFields } from './logger.ts';
import { formatPrettyLine } from './pretty-line.ts';

const time = new Date('2026-01-02T03:04:05.006Z');
const event = (message: string, fields: LogFields = {}): LogEvent => ({ time, level: 'info', message, fields });

it.each([
  { level: 'debug', logged: ['debug', 'info', 'warn', 'error'] },
  { level: 'info', logged: ['info', 'warn', 'error'] },
  { level: 'warn', logged: ['warn', 'error'] },
  { level: 'error', logged: ['error'] },
] as const)('at level $level logs $logged', ({ level, logged }) => {
  const lines: string[] = [];
  const logger = createLogger({ level, format: (each) => each.level, write: (line) => lines.push(line) });
  for (const each of LOG_LEVELS) logger[each]('x');
  expect(lines).toEqual(logged);
});

it('stamps each event when it happens', () => {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    format: formatJsonLine,
    write: (line) => lines.push(line),
    now: () => time,
  });
  logger.info('pushed', { repository: 'a/b', bytes: 3, whole: true, user: undefined });
  expect(lines).toEqual([
    '{"time":"2026-01-02T03:04:05.006Z","level":"info","message":"pushed","repository":"a/b","bytes":3,"whole":true}\n',
  ]);
});

it.each([
  { text: 'a\nb', why: 'a line feed would forge a line' },
  { text: 'a\r\u2028\u2029\u0085b', why: 'other things that end lines' },
  { text: '\u001b[2J\u009b2J\u007f', why: 'control sequences, in seven and eight bits' },
  { text: 'a"b\\c', why: 'quotes and backslashes' },
  { text: '\ud800', why: 'half a character' },
  { text: 'größe 日本 🚀', why: 'letters stay as they are' },
  { text: '\u202egpj.exe', why: 'text that runs backwards' },
])('a JSON line holds its values whole, on one printable line: $why', ({ text }) => {
  const line = formatJsonLine(event(text, { [text]: text }));
  expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202e]/u);
  expect(line.endsWith('\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({ time: time.toISOString(), level: 'info', message: text, [text]: text });
});

it('a field does not stand for the time, level or message of the event', () => {
  const line = formatJsonLine(event('x', { level: 'error', message: 'y', time: 'z' }));
  expect(JSON.parse(line)).toEqual({
    time: time.toISOString(),
    level: 'info',
    message: 'x',
    level_: 'error',
    message_: 'y',
    time_: 'z',
  });
});

it.each([
  { fields: { name: 'a/b', bytes: 3, ok: true }, shown: ' name=a/b bytes=3 ok=true', why: 'words as they are' },
  { fields: { user: undefined }, shown: '', why: 'what is not known is left out' },
  { fields: { agent: 'docker 1' }, shown: ' agent="docker 1"', why: 'more than a word is quoted' },
  { fields: { agent: '' }, shown: ' agent=""', why: 'nothing is seen' },
  { fields: { agent: 'x level=error' }, shown: ' agent="x level=error"', why: 'no value looks like a field' },
  { fields: { agent: 'a=b' }, shown: ' agent="a=b"', why: 'nor like two' },
  { fields: { agent: 'a\nb' }, shown: String.raw` agent="a\nb"`, why: 'on one line' },
  { fields: { agent: '\u001b[8m' }, shown: String.raw` agent=\u001b[8m`, why: 'nothing that steers a terminal' },
])('a pretty line shows $fields: $why', ({ fields, shown }) => {
  expect(formatPrettyLine(event('m', fields), { colored: false })).toBe(`03:04:05.006 INFO  m${shown}\n`);
});

it('a pretty line colours its level, and nothing else', () => {
  expect(formatPrettyLine(event('a\nb'), { colored: true })).toBe(
    `03:04:05.006 \u001b[32mINFO \u001b[0m ${String.raw`a\u000ab`}\n`,
  );
});
