import { describe, expect, it } from 'vitest';

import { digestOf } from './digest.ts';
import { parseImageConfig } from './image-config.ts';
import { LIMITS } from './limits.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const DIFF_ID = digestOf(Uint8Array.of(1));
const minimal = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [DIFF_ID] } };
const CREATED = '2015-10-31T22:22:56.015925234Z';

describe('parseImageConfig', () => {
  it.each([
    { extra: {}, why: 'what is required' },
    { extra: { created: CREATED, author: 'Ü <u@example.com>', variant: 'v8' }, why: 'who and when' },
    { extra: { created: '0001-01-01T00:00:00Z' }, why: "Go's zero time" },
    { extra: { created: '2024-01-01t00:00:00+02:00' }, why: 'an offset, and a small t' },
    { extra: { 'os.version': '10.0', 'os.features': ['win32k'] }, why: 'Windows' },
    { extra: { rootfs: { type: 'layers', diff_ids: [] } }, why: 'no layers' },
    { extra: { config: {} }, why: 'an empty config' },
    { extra: { config: { Labels: { 'dev.squizzle.version': '1.2.0', empty: '' } } }, why: 'labels' },
    {
      extra: {
        config: {
          User: '1:1',
          ExposedPorts: { '8080/tcp': {} },
          Env: ['A=b'],
          Entrypoint: ['/bin/x'],
          Cmd: ['--y'],
          Volumes: { '/var': {} },
          WorkingDir: '/',
          StopSignal: 'SIGKILL',
          ArgsEscaped: true,
        },
      },
      why: 'everything a container can be told',
    },
    {
      extra: { history: [{ created: CREATED, author: 'a', created_by: 'b', comment: 'c', empty_layer: true }, {}] },
      why: 'history',
    },
  ])('keeps $why', ({ extra }) => {
    expect(parseImageConfig(encode({ ...minimal, ...extra }))).toStrictEqual({ ...minimal, history: [], ...extra });
  });

  it.each([
    { extra: { config: null, created: null, history: null, variant: null, 'os.features': null }, why: 'null' },
    { extra: { container: 'x', docker_version: '1.0' }, why: "Docker's own members" },
  ])('drops $why', ({ extra }) => {
    expect(parseImageConfig(encode({ ...minimal, ...extra }))).toStrictEqual({ ...minimal, history: [] });
  });

  it.each([
    {
      extra: { config: { Cmd: null, Labels: null, Volumes: null, Memory: 5, Healthcheck: {} } },
      why: 'the same inside',
    },
  ])('drops $why', ({ extra }) => {
    expect(parseImageConfig(encode({ ...minimal, ...extra })).config).toStrictEqual({});
  });

  it("reads Go's empty list of layers", () => {
    const document = { ...minimal, rootfs: { type: 'layers', diff_ids: null } };
    expect(parseImageConfig(encode(document)).rootfs.diff_ids).toEqual([]);
  });

  it.each([
    { extra: { architecture: null }, path: '$.architecture', why: 'required' },
    { extra: { os: 7 }, path: '$.os', why: 'a string' },
    { extra: { rootfs: null }, path: '$.rootfs', why: 'required' },
    { extra: { rootfs: { type: 'zip', diff_ids: [] } }, path: '$.rootfs.type', why: 'unknown types are errors' },
    { extra: { rootfs: { type: 'layers' } }, path: '$.rootfs.diff_ids', why: 'required' },
    { extra: { rootfs: { type: 'layers', diff_ids: ['x'] } }, path: '$.rootfs.diff_ids[0]', why: 'a digest' },
    { extra: { created: 'yesterday' }, path: '$.created', why: 'a date' },
    { extra: { config: [] }, path: '$.config', why: 'an object' },
    { extra: { config: { Cmd: 'sh' } }, path: '$.config.Cmd', why: 'a list' },
    { extra: { config: { Labels: { a: {} } } }, path: '$.config.Labels.a', why: 'a string' },
    { extra: { config: { ArgsEscaped: 'true' } }, path: '$.config.ArgsEscaped', why: 'a boolean' },
    { extra: { config: { Volumes: [] } }, path: '$.config.Volumes', why: 'an object' },
    { extra: { history: {} }, path: '$.history', why: 'a list' },
    { extra: { history: [{}, { empty_layer: 1 }] }, path: '$.history[1].empty_layer', why: 'a boolean' },
  ])('refuses $extra at $path: $why', ({ extra, path }) => {
    expect(() => parseImageConfig(encode({ ...minimal, ...extra }))).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        details: expect.objectContaining({ document: 'image config', path }) as unknown,
      }),
    );
  });

  it('refuses more than 4 MiB', () => {
    expect(() => parseImageConfig(new Uint8Array(LIMITS.configBytes + 1))).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });
});
