/**
 * goose: `<number>_<name>.sql`, each with a section `-- +goose Up` and perhaps one `-- +goose Down`.
 *
 * @see https://pressly.github.io/goose/documentation/annotations
 * @module
 */
import { refuse, type FolderListing } from '../folder-listing.ts';
import type { Layout } from './layout.ts';
import { compareNumbers, numberedFiles, type NumberedNames } from './numbered-name.ts';
import { isScript, toMigration } from './script-files.ts';
import { hasMarker, readSections, type Marker, type SectionSyntax } from './sections.ts';

const SYNTAX: SectionSyntax = { upMark: '-- +goose Up', downMark: '-- +goose Down', readMarker };

const NAMES: NumberedNames = {
  tool: 'goose',
  pattern: /^(0*[1-9]\d*)_.*\.sql$/,
  example: '<number from 1>_<name>.sql',
  keyOf: (number) => BigInt(number).toString(),
};

const GO_MIGRATION = /^\d+_.*(?<!_test)\.go$/;

export const gooseLayout = {
  name: 'goose',
  detect: async ({ files }) => {
    for (const file of files) if (isScript(file) && (await hasMarker(file, SYNTAX))) return true;
    return false;
  },
  arrange: async (listing) => {
    refusePrograms(listing);
    const files = numberedFiles(listing, NAMES);
    const arranged = [];
    for (const { file } of files.toSorted((a, b) => compareNumbers(a.number, b.number))) {
      const { up, down } = await readSections(file, SYNTAX);
      arranged.push(toMigration(file.path, up, down));
    }
    return arranged;
  },
} as const satisfies Layout;

function refusePrograms({ files }: FolderListing): void {
  const program = files.find((file) => GO_MIGRATION.test(file.path));
  if (program === undefined) return;
  throw refuse(program.origin, 'is a migration in Go; a release holds SQL alone: write it as SQL');
}

const ENVIRONMENT = `takes values from the environment, so the release would not say what runs; write the values themselves`;

function readMarker(line: string): Marker | undefined {
  const [, indent = '', words] = /^(\s*)--\s*\+goose\b(.*)$/i.exec(line) ?? [];
  if (words === undefined) return undefined;
  if (indent !== '')
    return { kind: 'refused', reason: `'${line.trim()}' is indented; goose wants it to begin its line` };
  switch (words.trim().toLowerCase().replaceAll(/\s+/g, ' ')) {
    case 'up':
      return { kind: 'up', transaction: true };
    case 'down':
      return { kind: 'down', transaction: true };
    case 'no transaction':
      return { kind: 'no-transaction' };
    case 'statementend':
      return { kind: 'statement-end' };
    case 'statementbegin':
    case 'envsub off':
      return undefined;
    case 'envsub on':
      return { kind: 'refused', reason: `'${line}' ${ENVIRONMENT}` };
    default:
      return { kind: 'refused', reason: `'${line}' is no annotation of goose` };
  }
}
