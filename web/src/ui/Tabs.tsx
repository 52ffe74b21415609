/** Views beside one another, each with an address of its own. */
interface TabsProps<Id extends string> {
  label: string;
  tabs: readonly { id: Id; label: string; href: string }[];
  current: Id;
}

/** Links, not an ARIA tab list: each one leads to an address, and works as links do everywhere. */
export function Tabs<Id extends string>({ label, tabs, current }: TabsProps<Id>) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.id} href={tab.href} aria-current={tab.id === current ? 'page' : undefined}>
          {tab.label}
        </a>
      ))}
    </nav>
  );
}
