/**
 * Where those on call read the runbook: the beginning of every link in the alerts and on the dashboards. Here it is a path
 * in this repository, for each copy has an address of its own. Put that of yours here, and run `npm run dashboards`.
 */
export const RUNBOOK = 'docs/runbook.md';

/** Where the runbook tells of an alert. */
export const sectionOf = (alert: string, base = RUNBOOK): string => `${base}#${alert.toLowerCase()}`;

/** The text of rules.yaml, with links to the runbook at its address. */
export const linkRules = (text: string, base = RUNBOOK): string =>
  text.replace(
    /(\brunbook_url: ).*#(\w+)$/gm,
    (_line, key: string, alert: string) => key + sectionOf(alert, base),
  );
