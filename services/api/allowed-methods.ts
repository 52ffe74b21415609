import type { Endpoint } from './endpoint.ts';

/**
 * The methods that work at a path.
 * @param path a request's path, without the query
 * @returns none when there is nothing at that path
 */
export function allowedMethods(endpoints: Endpoint[], path: string): string[] {
  return endpoints.filter((endpoint) => patternOf(endpoint.path).test(path)).map(({ method }) => method);
}

const patternOf = (path: string) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
