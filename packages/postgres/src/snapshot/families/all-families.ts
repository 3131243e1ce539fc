/**
 * Everything that a snapshot tells of.
 *
 * @module
 */
import { CONSTRAINTS, INDEXES } from './constraints.ts';
import { DEFAULT_PRIVILEGES } from './default-privileges.ts';
import type { Family } from './family.ts';
import { FOREIGN_DATA_WRAPPERS, FOREIGN_SERVERS, USER_MAPPINGS } from './foreign-data.ts';
import { LANGUAGES, TRANSFORMS } from './languages.ts';
import { COLLATIONS, CONVERSIONS } from './locales.ts';
import { ACCESS_METHODS, CASTS, OPERATOR_CLASSES, OPERATOR_FAMILIES, OPERATORS } from './operators.ts';
import { POLICIES } from './policies.ts';
import { PUBLICATIONS, SUBSCRIPTIONS } from './replication.ts';
import { AGGREGATES, EVENT_TRIGGERS, ROUTINES, TRIGGERS } from './routines.ts';
import { EXTENSIONS, SCHEMAS } from './schemas.ts';
import { COLUMNS, STATISTICS, TABLES } from './tables.ts';
import {
  TEXT_SEARCH_CONFIGURATIONS,
  TEXT_SEARCH_DICTIONARIES,
  TEXT_SEARCH_PARSERS,
  TEXT_SEARCH_TEMPLATES,
} from './text-search.ts';
import { SEQUENCES, TYPES } from './types.ts';
import { RULES, VIEW_COLUMNS, VIEWS } from './views.ts';

export const FAMILIES: readonly Family[] = [
  SCHEMAS,
  EXTENSIONS,
  DEFAULT_PRIVILEGES,
  TABLES,
  COLUMNS,
  STATISTICS,
  CONSTRAINTS,
  INDEXES,
  POLICIES,
  VIEWS,
  VIEW_COLUMNS,
  RULES,
  SEQUENCES,
  TYPES,
  ROUTINES,
  AGGREGATES,
  TRIGGERS,
  EVENT_TRIGGERS,
  LANGUAGES,
  TRANSFORMS,
  CASTS,
  OPERATORS,
  OPERATOR_FAMILIES,
  OPERATOR_CLASSES,
  ACCESS_METHODS,
  COLLATIONS,
  CONVERSIONS,
  TEXT_SEARCH_CONFIGURATIONS,
  TEXT_SEARCH_DICTIONARIES,
  TEXT_SEARCH_PARSERS,
  TEXT_SEARCH_TEMPLATES,
  PUBLICATIONS,
  SUBSCRIPTIONS,
  FOREIGN_DATA_WRAPPERS,
  FOREIGN_SERVERS,
  USER_MAPPINGS,
];
