import { describe, expect, test } from '@jest/globals';
import { hashPassword, verifyPassword } from './passwords.ts';

describe('a password', () => {
  test('matches its own hash only', async () => {
    const stored = await hashPassword('correct horse battery');
    expect(await verifyPassword('correct horse battery', stored)).toBe(true);
    expect(await verifyPassword('correct horse batterz', stored)).toBe(false);
    expect(await verifyPassword('', stored)).toBe(false);
    expect(await verifyPassword('correct horse battery\0', stored)).toBe(false);
  });

  test('is stored with its cost and a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('the same'), hashPassword('the same')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
  });

  test('is checked at the cost it was stored with (vector of the reference implementation)', async () => {
    const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword('password', stored)).toBe(true);
    expect(await verifyPassword('Password', stored)).toBe(false);
  });

  test('may be typed on another keyboard', async () => {
    const stored = await hashPassword('cora\u00e7\u00e3o de le\u00e3o');
    expect(await verifyPassword('corac\u0327a\u0303o de lea\u0303o', stored)).toBe(true);
  });

  test('matches no account that does not exist', async () => {
    expect(await verifyPassword('anything', undefined)).toBe(false);
  });

  test('is not checked against something that is not a hash', async () => {
    await expect(verifyPassword('plain text', 'plain text')).rejects.toThrow('not an argon2id PHC string');
  });
});
