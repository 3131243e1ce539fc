/**
 * The client went away, or took nothing for too long: nobody is left to answer.
 *
 * No `RegistryError`, because no response is made of it. It passes through services and storage unchanged and ends as
 * a log line.
 *
 * @module
 */

/** What logs show where a status would stand, as nginx does. */
export const CLIENT_ABORTED_STATUS = 499;

export class ClientAborted extends Error {
  override readonly name = 'ClientAborted';
}
