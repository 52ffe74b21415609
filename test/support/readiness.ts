/**
 * What a gateway says of the system behind it.
 * @param url where the gateway listens
 * @returns the names of what is down; undefined while no request can be served, or nobody listens
 */
export async function downBehind(url: string): Promise<string[] | undefined> {
  const response = await fetch(`${url}/health/ready`).catch(() => undefined);
  if (!response?.ok) return undefined;
  return ((await response.json()) as { down: string[] }).down;
}
