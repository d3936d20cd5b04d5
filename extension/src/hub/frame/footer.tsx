import type { NodeInformation } from "../../common/api/types";
import { PRODUCT_NAME } from "../../common/product";

const LINKS = [
  { title: "Documentation", page: "documentation.html" },
  { title: "EULA", page: "eula.html" },
  { title: "Support", page: "support.html" },
  { title: "Report a bug", page: "report-a-bug.html" },
];

export function Footer({ node }: { readonly node: NodeInformation | null }) {
  return (
    <footer className="footer quiet small">
      <ul className="footer-links">
        {LINKS.map(({ title, page }) => (
          <li key={page}>
            <a href={page} target="_blank" rel="noopener noreferrer">
              {title}
              <span className="only-read"> (opens in a new window)</span>
            </a>
          </li>
        ))}
      </ul>
      {node !== null && (
        <span>
          Powered by {PRODUCT_NAME} v. {node.version} (protocol v. {node.protocol_version})
        </span>
      )}
    </footer>
  );
}
