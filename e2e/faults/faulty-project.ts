/**
 * A project of two releases with places at which a test can make something happen: functions of the schema `rig`, which
 * the test puts into the database beforehand and may change between two runs. So one artifact serves every fault.
 *
 * 1.0.0 fits one transaction; 1.1.0 builds an index concurrently between two others and needs three segments.
 *
 * @module
 */
import { buildReleases, configFor, createProject, type Project } from '../support/project.ts';
import { runScript } from '../support/servers.ts';
import type { ReleaseMarks } from './truth.ts';

/** PL/pgSQL that runs at each place. */
export interface Rig {
  /** In the transaction of 1.0.0, after its table `a`; then it alters `rig.orders`. */
  readonly transaction?: string;
  /** For each of the five rows `i` of the unique index `c_x` of 1.1.0; it may change `i`. */
  readonly index?: string;
  /** In the last transaction of 1.1.0, after its table `d`. */
  readonly closing?: string;
  /** In the rollback of 1.0.0, before anything is undone. */
  readonly rollback?: string;
}

export const MARKS: readonly ReleaseMarks[] = [
  { version: '1.0.0', segments: [['a', 'b']], undo: [['a', 'b']] },
  { version: '1.1.0', segments: [['c'], ['c_x'], ['d']], undo: [['d'], ['c_x'], ['c']] },
];

/** @param ending of the last file: another one makes another artifact of 1.1.0. */
export async function createFaultyProject(ending = ''): Promise<Project> {
  const project = await createProject({ 'squizzle.yaml': configFor('faulty') });
  await buildReleases(project, [
    { version: '1.0.0', files: FIRST },
    { version: '1.1.0', files: { ...SECOND, [LAST]: `${SECOND[LAST]}${ending}` } },
  ]);
  return project;
}

const FIRST = {
  'db/migrations/1.sql': 'CREATE TABLE a (i int);\nSELECT rig.transaction();\n',
  'db/migrations/1.down.sql': 'DROP TABLE a;\n',
  'db/migrations/2.sql': 'ALTER TABLE rig.orders ADD COLUMN note text;\nCREATE TABLE b (i int);\n',
  'db/migrations/2.down.sql': 'SELECT rig.rollback();\nALTER TABLE rig.orders DROP COLUMN note;\nDROP TABLE b;\n',
};

const LAST = 'db/migrations/3.sql';
const SECOND = {
  [LAST]: [
    'CREATE TABLE c AS SELECT i FROM generate_series(1, 5) AS g (i);',
    'CREATE UNIQUE INDEX CONCURRENTLY c_x ON c (rig.index(i));',
    'CREATE TABLE d (i int);',
    'SELECT rig.closing();\n',
  ].join('\n'),
  'db/migrations/3.down.sql': 'DROP TABLE d;\nDROP INDEX CONCURRENTLY c_x;\nDROP TABLE c;\n',
};

/** What the test's application has before SQUIZZLE comes, and the places, at which nothing happens unless told. */
export async function installRig(url: string, rig: Rig = {}): Promise<void> {
  await runScript(url, 'CREATE SCHEMA rig; CREATE TABLE rig.orders (id int); INSERT INTO rig.orders VALUES (1)');
  await changeRig(url, rig);
}

export async function changeRig(url: string, { transaction, index, closing, rollback }: Rig = {}): Promise<void> {
  const places = { transaction, closing, rollback };
  const functions = Object.entries(places).map(
    ([name, body = '']) =>
      `CREATE OR REPLACE FUNCTION rig.${name}() RETURNS void LANGUAGE plpgsql AS $rig$ BEGIN ${body} END $rig$`,
  );
  // Said to be immutable, as an index demands, though it may sleep or fail.
  const atIndex = `CREATE OR REPLACE FUNCTION rig.index(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $rig$ BEGIN ${index ?? ''} RETURN i; END $rig$`;
  await runScript(url, [...functions, atIndex].join(';\n'));
}
