/**
 * Digests that may never change for format version 1: whoever holds the sources of a release builds the very bytes
 * that were published and signed. A change of tar, compressor, level, cut, JSON or labels is seen here.
 *
 * Changing a constant below needs an ADR and a new format version; see docs/adr/0003-byte-stable-compression.md and
 * docs/format.md.
 */
import { describe, expect, it } from 'vitest';
import type { SqlAnalyzer } from '../contracts/sql-analyzer.ts';
import type { PulledArtifact } from '../model/artifact.ts';
import { parseVersion, type Version } from '../model/version.ts';
import type { SourceFile } from '../source/source-tree.ts';
import { buildArtifact } from '../stages/build.ts';
import { readImage, readImageManifest } from './image-reader.ts';
import { writeLayer } from './layer-writer.ts';

const GOLDEN = {
  layer: 'sha256:533e0b77e12e75c8332c12e95960cfd6163d0943520d9bfbf8e7d8bf6ef8bcd3',
  layerDiffId: 'sha256:39bf7899299ae3da07cc2b4ac43b35bfea28dded8385419f64b8e9731c00c157',
  firstImage: 'sha256:915765189408e799a8d1ec2dd22e615f69bfc69f6d6509f929fdefb1f3a197ad',
  secondImage: 'sha256:93d45e4993f925fb58feff7e03b17dcc15a4a90c5fe3f88d7a7b6a601ea03ba9',
} as const;

/** Text that a compressor has choices about: repeats near and far, across several cuts of 64 KiB. */
const LONG = Array.from({ length: 9_000 }, (_, row) => `INSERT INTO t VALUES (${row}, '${row % 97}');\n`).join('');

const FILES: Readonly<Record<string, string>> = {
  'migrations/0001_users.sql': 'CREATE TABLE users (id bigint PRIMARY KEY);\n',
  'migrations/0002_größe_😀.sql': "COMMENT ON TABLE users IS 'größe';\n",
  [`migrations/${'long/'.repeat(30)}0003.sql`]: 'SELECT 1;\n',
  'seeds/dev/rows.sql': LONG,
};

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function sources(texts: Readonly<Record<string, string>>): readonly SourceFile[] {
  return Object.entries(texts).map(([path, text]) => ({
    kind: path.startsWith('seeds') ? 'seed' : 'migration',
    environment: path.startsWith('seeds') ? 'dev' : null,
    path,
    origin: `db/${path}`,
    read: async () => encode(text),
    rollback: path.includes('users')
      ? { path: `rollback/${path}`, origin: `db/${path}`, read: async () => encode('DROP TABLE users;\n') }
      : null,
  }));
}

/** The whole file is one statement; `SELECT 1` runs alone, so that ranges and effects are part of the golden digest. */
const analyzer: SqlAnalyzer = {
  analyze: async (bytes) => ({
    statements: [
      {
        start: 0,
        end: bytes.byteLength - 2,
        line: 1,
        column: 1,
        alone: bytes.byteLength === 10 ? { kind: 'rerunnable' } : null,
      },
    ],
    directives: { lockTimeoutMs: 5_000 },
    hazards: ['table-rewrite'],
  }),
  readQueries: async () => [],
};

async function build(version: string, texts: Readonly<Record<string, string>>, previous: PulledArtifact | null) {
  return buildArtifact({ files: sources(texts) }, previous, {
    name: 'shop',
    version: parseVersion(version) as Version,
    created: new Date('2026-01-02T03:04:05.678Z'),
    analyzer,
    notes: 'First “light”.\n',
    author: 'Ada <ada@example.org>',
    revision: '0123456789abcdef0123456789abcdef01234567',
    source: 'https://example.org/shop.git',
    requires: { postgres: '>=14', extensions: ['pgcrypto'] },
  });
}

describe('format version 1, byte for byte', () => {
  it('a layer', async () => {
    const files = Object.entries(FILES).map(([path, text]) => ({
      path: `migrations/1.0.0/${path}`,
      read: async () => encode(text),
    }));
    const { descriptor, diffId } = await writeLayer(files);
    expect({ digest: descriptor.digest, diffId }).toEqual({ digest: GOLDEN.layer, diffId: GOLDEN.layerDiffId });
  });

  it('an image of one release, and one of two', async () => {
    const first = await build('1.0.0', FILES, null);
    const image = readImageManifest(first.root.bytes, first.root.descriptor.digest);
    const pulled = {
      ...readImage(image, first.config.bytes, first.root.descriptor.digest),
      root: first.root.descriptor,
    } as unknown as PulledArtifact;
    const second = await build(
      '1.1.0+build.7',
      { ...FILES, 'migrations/0004.sql': 'CREATE INDEX i ON users (id);\n' },
      pulled,
    );
    expect({ first: first.root.descriptor.digest, second: second.root.descriptor.digest }).toEqual({
      first: GOLDEN.firstImage,
      second: GOLDEN.secondImage,
    });
  });
});
