/**
 * What is found out about a repository while it is used, kept for whoever uses it next over the same connection.
 *
 * @module
 */
import type { RepositoryName } from '@squizzle/oci-spec';

export interface RepositoryMemory {
  /** Whether `If-Match` and `If-None-Match` decide about a PUT of a tag. */
  conditions: 'unknown' | 'heeded' | 'ignored';
}

/** The same memory for the same repository. */
export function createMemories(): (repository: RepositoryName) => RepositoryMemory {
  const memories = new Map<RepositoryName, RepositoryMemory>();
  return (repository) => {
    const memory = memories.get(repository) ?? { conditions: 'unknown' };
    memories.set(repository, memory);
    return memory;
  };
}
