/**
 * dbmate: `<number>_<name>.sql`, each with a section `-- migrate:up` and one `-- migrate:down`.
 *
 * @see https://github.com/amacneil/dbmate#creating-migrations
 * @module
 */
import type { Layout } from './layout.ts';
import { numberedFiles, type NumberedNames } from './numbered-name.ts';
import { compareBytes, isScript, toMigration } from './script-files.ts';
import { hasMarker, readSections, type Marker, type SectionSyntax } from './sections.ts';

const SYNTAX: SectionSyntax = { upMark: '-- migrate:up', downMark: '-- migrate:down', readMarker };

const NAMES: NumberedNames = {
  tool: 'dbmate',
  pattern: /^(\d+).*\.sql$/,
  example: '<number>_<name>.sql',
  keyOf: (number) => number,
};

export const dbmateLayout = {
  name: 'dbmate',
  detect: async ({ files }) => {
    for (const file of files) if (isScript(file) && (await hasMarker(file, SYNTAX))) return true;
    return false;
  },
  arrange: async (listing) => {
    const files = numberedFiles(listing, NAMES);
    const arranged = [];
    // Names are compared as text: dbmate runs 10_a.sql before 9_a.sql.
    for (const { file } of files.toSorted((a, b) => compareBytes(a.file.path, b.file.path))) {
      const { up, down } = await readSections(file, SYNTAX);
      arranged.push(toMigration(file.path, up, down));
    }
    return arranged;
  },
} as const satisfies Layout;

function readMarker(line: string): Marker | undefined {
  const [, direction, rest = ''] = /^\s*--\s*migrate:(up|down)\b(.*)$/i.exec(line) ?? [];
  if (direction === undefined) return undefined;
  if (!/^--\s*migrate:(up|down)(\s|$)/.test(line))
    return { kind: 'refused', reason: `'${line.trim()}' is no marker to dbmate: it begins its line, in lower case` };
  const options = rest.split(/\s+/).filter((option) => option !== '');
  const unknown = options.find((option) => option !== 'transaction:false' && option !== 'transaction:true');
  if (unknown !== undefined)
    return { kind: 'refused', reason: `expected 'transaction:false' or nothing, found '${unknown}'` };
  return { kind: direction === 'up' ? 'up' : 'down', transaction: options.at(-1) !== 'transaction:false' };
}
