import { expect, it } from 'vitest';
import {
  byteSize,
  duration,
  FILE_PATH,
  HOST,
  oneOf,
  optional,
  QUOTABLE,
  SWITCH,
  wholeNumber,
  type Kind,
} from './setting-kinds.ts';
import { isSettingPath, SETTING_PATHS, SETTINGS, variableOf, type Setting } from './settings.ts';
import { readVariables } from './variables.ts';

const PORT = wholeNumber('PORT', 0, 65_535);

it.each<{ kind: Kind<unknown>; text: string; value: unknown; why: string }>([
  { kind: SWITCH, text: 'true', value: true, why: 'on' },
  { kind: SWITCH, text: 'yes', value: undefined, why: 'one way to say it' },
  { kind: HOST, text: '0.0.0.0', value: '0.0.0.0', why: 'an address' },
  { kind: HOST, text: '::1', value: '::1', why: 'IPv6' },
  { kind: HOST, text: '[::1]', value: '::1', why: 'as a URL writes it' },
  { kind: HOST, text: 'registry.example.com', value: 'registry.example.com', why: 'a name' },
  { kind: HOST, text: '256.0.0.1', value: undefined, why: 'no address, and no name ends in a number' },
  { kind: HOST, text: '127.0.0.1:5000', value: undefined, why: 'the port is another setting' },
  { kind: HOST, text: '[localhost]', value: undefined, why: 'brackets are for IPv6' },
  { kind: HOST, text: 'http://localhost', value: undefined, why: 'a URL' },
  { kind: HOST, text: '', value: undefined, why: 'everywhere is written 0.0.0.0' },
  { kind: PORT, text: '0', value: 0, why: 'the least' },
  { kind: PORT, text: '65535', value: 65_535, why: 'the most' },
  { kind: PORT, text: '65536', value: undefined, why: 'one more' },
  { kind: PORT, text: '5e3', value: undefined, why: 'digits only' },
  { kind: PORT, text: '-1', value: undefined, why: 'one fewer' },
  { kind: duration(1_000), text: '1s', value: 1_000, why: 'the least' },
  { kind: duration(1_000), text: '999ms', value: undefined, why: 'below it' },
  { kind: duration(0), text: '0', value: 0, why: 'at once' },
  { kind: byteSize(1, 4_194_304), text: '4MiB', value: 4_194_304, why: 'the most' },
  { kind: byteSize(1, 4_194_304), text: '4194305B', value: undefined, why: 'one more' },
  { kind: byteSize(1, 4_194_304), text: '0B', value: undefined, why: 'below the least' },
  { kind: optional(byteSize(1, 100)), text: 'none', value: null, why: 'no limit' },
  { kind: optional(byteSize(1, 100)), text: '1B', value: 1, why: 'or one' },
  { kind: oneOf('json', 'pretty'), text: 'json', value: 'json', why: 'a word of the list' },
  { kind: oneOf('json', 'pretty'), text: 'JSON', value: undefined, why: 'as it is written there' },
  { kind: FILE_PATH, text: 'a b', value: 'a b', why: 'any path' },
  { kind: FILE_PATH, text: 'a\0b', value: undefined, why: 'no path holds NUL' },
  { kind: QUOTABLE, text: 'my registry', value: 'my registry', why: 'fits a header' },
  { kind: QUOTABLE, text: 'a"b', value: undefined, why: 'would end the quoted text' },
  { kind: QUOTABLE, text: 'a\r\nb', value: undefined, why: 'would begin another header' },
])('$kind.placeholder: $text is $value: $why', ({ kind, text, value }) => {
  expect(kind.parse(text)).toBe(value);
});

it('every default is a value of its kind, written as it is shown', () => {
  for (const path of SETTING_PATHS) {
    const { kind, default: text }: Setting<unknown> = SETTINGS[path];
    const value = kind.parse(text);
    expect(value, path).not.toBeUndefined();
    expect(kind.format(value), path).toBe(text);
  }
});

it('no two settings share a flag or a variable', () => {
  const flags = SETTING_PATHS.map((path) => SETTINGS[path].flag);
  expect(new Set(flags).size).toBe(flags.length);
  expect(new Set(SETTING_PATHS.map(variableOf)).size).toBe(SETTING_PATHS.length);
});

it('no flag reads as the negation of another', () => {
  const flags = SETTING_PATHS.map((path) => SETTINGS[path].flag);
  expect(flags.filter((flag) => flag.startsWith('no-'))).toEqual([]);
});

it('no setting is named like a variable that Kubernetes sets for a Service "registry"', () => {
  for (const path of SETTING_PATHS) {
    expect(variableOf(path)).not.toMatch(/^REGISTRY_(?:SERVICE|PORT)(?:_|$)/);
    expect(readVariables({ [variableOf(path)]: 'x' }).values, path).toHaveLength(1);
  }
});

it('names of every object are no settings', () => {
  expect(isSettingPath('constructor')).toBe(false);
  expect(isSettingPath('listen.port')).toBe(true);
});
