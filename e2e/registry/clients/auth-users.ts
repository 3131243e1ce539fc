/**
 * The user that registries with a password know in these tests.
 *
 * @module
 */
export const USER = 'alice';
export const PASSWORD = 'wonderland';

/** bcrypt of the password at cost 5: the clients send it with each request, and the cost is not what is tested. */
export const HTPASSWD = `${USER}:$2y$05$.jRqdZZevZunx7RPsFbgqe06PQ7N9Tug1yuDCoKUeAh4S5vUJzlVO\n`;
