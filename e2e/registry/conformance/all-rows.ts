/**
 * Every conformance row, in the order in which a client meets what they are about.
 *
 * @module
 */
import { baseRows } from './base.rows.ts';
import { blobChunkRows } from './blob-chunks.rows.ts';
import { blobMountRows } from './blob-mount.rows.ts';
import { blobPullRows } from './blob-pull.rows.ts';
import { blobPushRows } from './blob-push.rows.ts';
import { deletionRows } from './deletion.rows.ts';
import { errorRows } from './errors.rows.ts';
import { listingRows } from './listing.rows.ts';
import { manifestKindRows } from './manifest-kinds.rows.ts';
import { manifestPullRows } from './manifest-pull.rows.ts';
import { manifestPushRows } from './manifest-push.rows.ts';
import { referrerRows } from './referrers.rows.ts';
import type { Row } from './rows.ts';

export const ALL_ROWS: readonly Row[] = [
  ...baseRows,
  ...blobPushRows,
  ...blobChunkRows,
  ...blobMountRows,
  ...blobPullRows,
  ...manifestPushRows,
  ...manifestKindRows,
  ...manifestPullRows,
  ...listingRows,
  ...referrerRows,
  ...deletionRows,
  ...errorRows,
];
