/**
 * What may stand in `squizzle.yaml`. `docs/configuration.md` explains every key; a test compares both.
 *
 * @module
 */
import { LAYOUT_NAMES, parseSelector, type LayoutName } from '@squizzle/core';
import * as v from 'valibot';
import { DURATION_EXPECTED, parseDuration } from '../duration.ts';
import { databaseUrlFault } from './database-url.ts';
import { isLine, MAPPING, path, text } from './plain-values.ts';
import { setting } from './setting.ts';
import { signing } from './signing-schema.ts';
import { parseStorePlace, STORE_PLACE_EXPECTED, type StorePlace } from './store-place.ts';
import { trust } from './trust-schema.ts';

const NAME_LENGTH = 128;

const name = v.pipe(
  v.string('a text'),
  v.check((value) => isLine(value) && value.length <= NAME_LENGTH, `one line of 1 to ${NAME_LENGTH} characters`),
);
const duration = v.pipe(
  v.string(DURATION_EXPECTED),
  v.check((value) => parseDuration(value) !== undefined, DURATION_EXPECTED),
  v.transform((value) => parseDuration(value) ?? 0),
);
/** A folder, or a repository of a registry. */
const place = v.pipe(
  v.string(STORE_PLACE_EXPECTED),
  v.rawCheck(({ dataset, addIssue }) => {
    const parsed = dataset.typed ? parseStorePlace(dataset.value) : undefined;
    if (parsed?.ok === false) addIssue({ message: parsed.expected });
  }),
  v.transform((value): StorePlace => {
    const parsed = parseStorePlace(value);
    return parsed.ok ? parsed.place : { kind: 'folder', path: value };
  }),
);
const innerFolder = v.pipe(
  v.string('a path'),
  v.check((value) => isLine(value) && !/^(?:[/\\]|[A-Za-z]:)/.test(value), 'a path relative to this file'),
  v.transform((value) =>
    value
      .replaceAll('\\', '/')
      .replace(/^(?:\.\/)+/, '')
      .replace(/\/+$/, ''),
  ),
);
const url = v.pipe(
  v.string('a URL'),
  v.check((value) => URL.canParse(value), 'a URL, as https://github.com/acme/db'),
  v.transform(withoutPassword),
);
const database = v.pipe(
  v.string('a database URL'),
  v.check((value) => databaseUrlFault(value) === undefined, 'postgres://…, postgresql://… or pglite:<folder>'),
);
const layouts = ['auto', ...LAYOUT_NAMES] as readonly ('auto' | LayoutName)[];
const serverRange = v.pipe(
  v.string("a range of versions, as '>=14'"),
  v.check(
    (value) => ['range', 'moving', 'version'].includes(parseSelector(value)?.kind ?? ''),
    "a range of versions, as '>=14'",
  ),
);
const extension = v.pipe(
  v.string('the name of an extension'),
  v.regex(/^[A-Za-z0-9_-]{1,63}$/, 'the name of an extension'),
);
const ledgerSchema = v.pipe(
  v.string('the name of a schema'),
  v.regex(
    /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/,
    "the name of a schema: lowercase letters, digits and _, not beginning with 'pg_'",
  ),
);

export const UNSIGNED_EXPECTED = "'{ allowed: false }', or '{ allowed: true, reason: … }' with a reason in words";

/** Written out only: no variable opens this door. */
const unsigned = v.variant(
  'allowed',
  [
    v.looseObject({ allowed: v.literal(false), reason: v.optional(v.string('a text')) }),
    v.looseObject({ allowed: v.literal(true), reason: text }),
  ],
  UNSIGNED_EXPECTED,
);

const environment = v.looseObject(
  {
    database: setting(database),
    trust: v.optional(v.looseObject({ unsigned }, MAPPING)),
    transaction: v.optional(setting(v.picklist(['release', 'step'], "'release' or 'step'"))),
    lockTimeout: v.optional(setting(duration)),
    statementTimeout: v.optional(setting(duration)),
    wait: v.optional(setting(duration)),
  },
  MAPPING,
);

const registry = v.looseObject(
  {
    /** Written out only: no variable opens this door. */
    insecure: v.optional(v.boolean("'true' or 'false'")),
    ca: v.optional(setting(path)),
    clientCertificate: v.optional(setting(path)),
    clientKey: v.optional(setting(path)),
  },
  MAPPING,
);

/** Objects are loose here: unknown keys are found by `findKeyFaults`, all of them and with a suggestion. */
export const CONFIG_SCHEMA = v.looseObject(
  {
    name: setting(name),
    layout: v.optional(setting(v.picklist(layouts, `one of ${layouts.join(', ')}`))),
    sources: v.optional(
      v.looseObject(
        {
          migrations: v.optional(setting(innerFolder)),
          repeatable: v.optional(setting(innerFolder)),
          seeds: v.optional(setting(innerFolder)),
        },
        MAPPING,
      ),
    ),
    store: v.optional(setting(place)),
    remote: v.optional(setting(place)),
    registries: v.optional(v.record(v.string(), registry, 'a mapping of registry hosts to settings')),
    source: v.optional(setting(url)),
    requires: v.optional(
      v.looseObject(
        {
          postgres: v.optional(setting(serverRange)),
          extensions: v.optional(v.array(setting(extension), 'a list of names')),
        },
        MAPPING,
      ),
    ),
    ledgerSchema: v.optional(setting(ledgerSchema)),
    trust: v.optional(trust),
    signing: v.optional(signing),
    defaultEnvironment: v.optional(setting(text)),
    environments: v.optional(v.record(v.string(), environment, 'a mapping of names to environments')),
  },
  MAPPING,
);

export type Config = v.InferOutput<typeof CONFIG_SCHEMA>;
export type RegistryConfig = v.InferOutput<typeof registry>;
export type SigningConfig = v.InferOutput<typeof signing>;
export type TrustConfig = v.InferOutput<typeof trust>;
export type EnvironmentConfig = v.InferOutput<typeof environment>;

/** The folder of seeds that belong to an environment bears its name. */
export const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** It stands in every release, for all to read. `CI_REPOSITORY_URL` of GitLab has the token of the job in it. */
function withoutPassword(written: string): string {
  const bare = new URL(written);
  if (bare.username === '' && bare.password === '') return written;
  bare.username = '';
  bare.password = '';
  return bare.href;
}
