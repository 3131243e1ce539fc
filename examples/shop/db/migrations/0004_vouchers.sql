CREATE TABLE vouchers (
  code text PRIMARY KEY,
  percent int NOT NULL CHECK (percent BETWEEN 1 AND 100)
);

ALTER TABLE orders ADD COLUMN voucher_code text REFERENCES vouchers (code);
