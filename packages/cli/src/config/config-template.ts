/**
 * The `squizzle.yaml` that `squizzle init` writes.
 *
 * @module
 */

/** @param name any text: it is quoted as YAML needs it. */
export function configTemplate(name: string): string {
  return `# SQUIZZLE configuration. Every key: docs/configuration.md
name: ${JSON.stringify(name)}

# where releases are kept: a folder; 'remote' is where they are shared: a registry's repository, or another folder
store: .squizzle/store
# remote: ghcr.io/acme/migrations

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
#
# From unsigned to signed releases (docs/trust-policy.md):
#   1. 'squizzle key generate' makes a key; a pipeline on GitHub or GitLab signs without one, by its identity
#   2. 'squizzle build --sign', or 'squizzle sign <version>'; a key is named here:
# signing:
#   key: squizzle.key
#   3. write squizzle.trust.yaml beside this file: who must have signed what runs in which environment. It speaks for all
#      environments, so take every 'trust:' out of this file; 'squizzle trust lint' checks it
`;
}
