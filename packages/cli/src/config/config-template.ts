/**
 * The `squizzle.yaml` that `squizzle init` writes.
 *
 * @module
 */

/** @param name any text: it is quoted as YAML needs it. */
export function configTemplate(name: string): string {
  return `# SQUIZZLE configuration. Every key: docs/configuration.md
name: ${JSON.stringify(name)}

# where releases are kept: an OCI image-layout folder; 'remote' is a second one, for push and pull
store: .squizzle/store
# remote: ../releases

defaultEnvironment: development
environments:
  development:
    # an embedded PostgreSQL, for development only; a server is postgres://user:password@host:5432/database
    database: pglite:./.squizzle/db
    trust:
      unsigned:
        allowed: true
        reason: local development
  # production:
  #   database: \${DATABASE_URL}
  #   trust:
  #     unsigned:
  #       allowed: true
  #       reason: write here why production does without signatures
`;
}
