/**
 * What a person decides when a program asks to sign in as them, and what is remembered until the program fetches it.
 *
 * @module
 */

/**
 * `ignore`: the person does nothing. `wrong-state`, `wrong-nonce`: somebody else answers in the person's stead.
 */
export type Approval = 'approve' | 'deny' | 'ignore' | 'wrong-state' | 'wrong-nonce';

/** A code that was given to the browser and can be used once. */
export interface CodeGrant {
  readonly clientId: string;
  readonly redirectUri: string;
  /** base64url of SHA-256 of the verifier. */
  readonly codeChallenge: string;
  readonly nonce: string | null;
}

export interface DeviceGrant {
  readonly clientId: string;
  readonly userCode: string;
  readonly codeChallenge: string | null;
  decision: 'approve' | 'deny' | null;
  /** Milliseconds; who asks again too soon is told to slow down. */
  lastPoll: number | null;
}

export interface OidcGrants {
  approval: Approval;
  /** Between two questions for a device's token. */
  deviceIntervalSeconds: number;
  readonly codes: Map<string, CodeGrant>;
  readonly devices: Map<string, DeviceGrant>;
}

export const createGrants = (): OidcGrants => ({
  approval: 'approve',
  deviceIntervalSeconds: 1,
  codes: new Map(),
  devices: new Map(),
});
