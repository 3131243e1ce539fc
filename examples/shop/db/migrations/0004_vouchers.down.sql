ALTER TABLE orders DROP COLUMN voucher_code;
DROP TABLE vouchers;
