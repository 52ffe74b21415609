/** Services, each of which has an image named `ms-<service>` and a target of the Dockerfile. */
export const SERVICES = ['api', 'auth', 'video', 'processor', 'notify'] as const;

export const imageOf = (service: string): string => `ms-${service}`;
