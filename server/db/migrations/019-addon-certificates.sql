-- Key and certificate of the way from outside, for kinds that speak no TLS themselves; made when the first one is opened.
ALTER TABLE addon_servers ADD COLUMN sealed_certificate BLOB;
