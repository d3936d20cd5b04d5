/** Which work item the form shows; the form changes it without loading the page anew. Null for one not saved yet. */
export class ShownWorkItem {
  private id: number | null = null;
  private readonly listeners = new Set<() => void>();

  show(id: number | null): void {
    if (id === this.id) return;
    this.id = id;
    this.listeners.forEach((listener) => listener());
  }

  readonly read = (): number | null => this.id;

  readonly listen = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
