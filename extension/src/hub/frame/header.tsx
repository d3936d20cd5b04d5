import { PRODUCT_NAME } from "../../common/product";

/** Product, tab, and which node this is. */
export function Header({ title, nodeHost }: { readonly title: string; readonly nodeHost: string | null }) {
  return (
    <header className="header">
      <span className="header-product">{PRODUCT_NAME}</span>
      <h1>{title}</h1>
      {nodeHost !== null && (
        <span className="header-node quiet break" title="The node that serves this page">
          <span className="only-read">Node: </span>
          {nodeHost}
        </span>
      )}
    </header>
  );
}
