/** Where in the page a person is. What the address says stands after its #. */
export type Route =
  | { view: 'list' | 'login' | 'register' | 'forgot' | 'missing' }
  | { view: 'video'; id: string }
  | { view: 'account' | 'admin'; tab: string }
  | { view: 'reset' | 'verify'; token: string };

/**
 * Read an address.
 * @param hash as `location.hash`: `#/video/1`, or nothing for the list
 */
export function readRoute(hash: string): Route {
  const [name = '', value = ''] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decode);
  switch (name) {
    case '':
      return { view: 'list' };
    case 'login':
    case 'register':
    case 'forgot':
      return { view: name };
    case 'account':
    case 'admin':
      return { view: name, tab: value };
    case 'video':
      return value ? { view: name, id: value } : { view: 'missing' };
    case 'reset':
    case 'verify':
      return { view: name, token: value };
    default:
      return { view: 'missing' };
  }
}

/** Somebody may have cut the address in the middle of an escape. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a view, for `href`. */
export const paths = {
  list: '#/',
  login: '#/login',
  register: '#/register',
  forgot: '#/forgot',
  account: (tab = '') => (tab ? `#/account/${encodeURIComponent(tab)}` : '#/account'),
  admin: (tab = '') => (tab ? `#/admin/${encodeURIComponent(tab)}` : '#/admin'),
  video: (id: string) => `#/video/${encodeURIComponent(id)}`,
};
