/**
 * The stories that rows prove, as the titles of the suites: `docs/registry/stories.md` lists all of them.
 *
 * @module
 */
export const STORIES = {
  '002': 'base API version endpoint',
  '004': 'content digest service',
  '005': 'OCI-compliant error handling',
  '006': 'monolithic blob upload',
  '007': 'blob download and existence check',
  '008': 'manifest upload',
  '009': 'manifest download and existence check',
  '010': 'tag listing',
  '012': 'chunked blob upload',
  '013': 'upload session status and resume',
  '014': 'cross-repository blob mount',
  '015': 'catalog endpoint',
  '016': 'pagination for list operations',
  '017': 'manifest deletion',
  '018': 'blob deletion',
  '019': 'upload session cancellation and cleanup',
  '020': 'content-type negotiation',
  '034': 'comprehensive test suite',
  '036': 'atomic operations and data integrity',
} as const;

export type Story = keyof typeof STORIES;
