/**
 * The registries that are known, each with what sets it apart. Any other one gets {@link OTHER_REGISTRY}.
 *
 * A profile spares requests that are known to fail and words the hints of errors; everything still works without it.
 *
 * @module
 */
import type { RegistryHost } from '@squizzle/oci-spec';
import type { RegistryProfile } from './registry-profile.ts';

type Known = Omit<RegistryProfile, 'apiHost'>;

interface KnownRegistry extends Known {
  /** Matched against the whole host in lower case, with its port. */
  readonly hosts: RegExp;
  readonly apiHost?: string;
}

/** Amazon's refuses larger pages, the others cap or ignore the number. */
const PAGE_SIZE = 1_000;
const MIB = 1024 * 1024;

const OTHER_REGISTRY: Known = {
  name: 'OCI registry',
  tagsPageSize: PAGE_SIZE,
  referrersApi: 'ask',
  minChunkBytes: 0,
  guardsTags: 'ask',
  tagDeletion: 'ask',
  hints: {
    login: 'log in with `squizzle login`, or set SQUIZZLE_USERNAME and SQUIZZLE_PASSWORD (Harbor: a robot$… account)',
    forbidden: 'ask who runs the registry for the right, or use credentials that have it',
    deletion:
      'switch deletion on at the registry (distribution: `storage.delete.enabled: true`), or delete it with its own tools',
  },
};

/** The first whose `hosts` fits counts. */
const REGISTRY_PROFILES: readonly KnownRegistry[] = [
  {
    ...OTHER_REGISTRY,
    name: 'Docker Hub',
    hosts: /^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io)$/,
    apiHost: 'registry-1.docker.io',
    referrersApi: 'absent',
    hints: {
      login: 'log in with your Docker ID and an access token made at app.docker.com under Personal access tokens',
      forbidden: 'use an access token with the permission Read & Write (Read, Write & Delete to delete) of its owner',
      deletion:
        'Docker Hub deletes untagged manifests only: delete the tag at hub.docker.com or with its API, with a token for Read, Write & Delete',
    },
  },
  {
    ...OTHER_REGISTRY,
    name: 'GitHub Container Registry',
    hosts: /^(?:ghcr\.io|containers\.[a-z0-9-]+\.ghe\.com)$/,
    referrersApi: 'absent',
    guardsTags: 'never',
    tagDeletion: 'never',
    hints: {
      login:
        'log in with your GitHub user name and a classic token with the scope read:packages, in Actions with GITHUB_TOKEN',
      forbidden:
        'GHCR needs the scope write:packages to push (in Actions: `permissions: packages: write`), and the repository’s access to the package',
      deletion:
        'GHCR deletes through GitHub’s packages API alone: DELETE /user/packages/container/NAME/versions/ID (or /orgs/ORG/…) with the scope delete:packages',
    },
  },
  {
    ...OTHER_REGISTRY,
    name: 'Amazon ECR',
    hosts: /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/,
    minChunkBytes: 5 * MIB,
    hints: {
      login: 'log in as AWS with the password that `aws ecr get-login-password` prints; it is good for 12 hours',
      forbidden:
        'give the IAM identity the action, as ecr:PutImage or ecr:BatchGetImage; the repository must have been created first',
      deletion: 'use `aws ecr batch-delete-image` (BatchDeleteImage), with the right ecr:BatchDeleteImage',
    },
  },
  {
    ...OTHER_REGISTRY,
    name: 'Amazon ECR Public',
    hosts: /^public\.ecr\.aws$/,
    minChunkBytes: 5 * MIB,
    hints: {
      login: 'log in as AWS with the password that `aws ecr-public get-login-password --region us-east-1` prints',
      forbidden:
        'give the IAM identity the action, as ecr-public:PutImage; the repository must have been created first',
      deletion: 'use `aws ecr-public batch-delete-image --region us-east-1` (BatchDeleteImage)',
    },
  },
  {
    ...OTHER_REGISTRY,
    name: 'Google Artifact Registry',
    hosts: /^(?:[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z]+\.)?gcr\.io)$/,
    hints: {
      login:
        'log in as oauth2accesstoken with what `gcloud auth print-access-token` prints, or as _json_key with a key file’s content',
      forbidden: 'give the account the role Artifact Registry Writer (Reader to pull) on the repository',
      deletion:
        'give the account the role Artifact Registry Repository Administrator, or use `gcloud artifacts docker`',
    },
  },
  {
    ...OTHER_REGISTRY,
    name: 'Azure Container Registry',
    hosts: /^[a-z0-9-]+\.azurecr\.(?:io|cn|us)$/,
    hints: {
      login:
        'log in as 00000000-0000-0000-0000-000000000000 with the token that `az acr login --expose-token` prints, or as a service principal',
      forbidden: 'give the identity the role AcrPush (AcrPull to pull, AcrDelete to delete)',
      deletion:
        'give the identity the role AcrDelete and unlock the image, or use `az acr repository untag` or `delete`',
    },
  },
  {
    ...OTHER_REGISTRY,
    name: 'GitLab Container Registry',
    hosts: /^registry\.gitlab\.com$/,
    hints: {
      login:
        'log in with a deploy token or an access token with read_registry; in CI as gitlab-ci-token with CI_JOB_TOKEN',
      forbidden: 'use a token with write_registry of a member with at least the role Developer',
      deletion: 'use a member with at least the role Developer, or GitLab’s container registry API',
    },
  },
  {
    ...OTHER_REGISTRY,
    name: 'Quay',
    hosts: /^(?:[a-z0-9-]+\.)?quay\.io$/,
    deletionActions: 'pull,push',
    hints: {
      login: 'log in with a robot account, as NAMESPACE+ROBOT, and its token',
      forbidden: 'give the robot account the permission Write (Read to pull) on the repository',
      deletion: 'give the account the permission Admin on the repository, or delete the tag at quay.io',
    },
  },
];

/** A host is known by its name alone; a port makes it another one. */
export function findProfile(host: RegistryHost): RegistryProfile {
  const known = REGISTRY_PROFILES.find(({ hosts }) => hosts.test(host.toLowerCase()));
  if (known === undefined) return { ...OTHER_REGISTRY, apiHost: host };
  const { hosts: _hosts, apiHost = host, ...profile } = known;
  return { ...profile, apiHost };
}
